"""The words that texts are filled with, by slot name."""

SHE: tuple[str, ...] = (
    "Mary", "Anna", "Emma", "Alice", "Sarah", "Laura", "Julia", "Clara", "Lucy", "Nora", "Ella",
    "Grace",
    "Ruth", "Helen", "Jane", "Kate", "Susan", "Linda", "Maria", "Rosa", "Diana", "Irene", "Olivia",
    "Hannah",
    "Amy", "Lily", "Rachel", "Martha", "Eva", "Nina", "Lena", "Ida", "Vera", "Greta", "Ingrid",
    "Fatima",
    "Leila", "Amina", "Yuki", "Mei", "Priya", "Anita", "Carmen", "Elena", "Paula", "Monica",
    "Teresa",
    "Victoria", "Charlotte", "Sophie", "Zoe", "Emily", "Molly", "Daisy", "Betty", "Judith",
    "Esther", "Naomi",
)  # fmt: skip
HE: tuple[str, ...] = (
    "John", "Tom", "Peter", "Paul", "David", "Daniel", "James", "Robert", "William", "Henry",
    "George",
    "Charles", "Frank", "Simon", "Adam", "Ben", "Jack", "Sam", "Michael", "Martin", "Oscar",
    "Victor", "Hugo",
    "Felix", "Max", "Leo", "Oliver", "Lucas", "Noah", "Ethan", "Arthur", "Walter", "Albert", "Karl",
    "Otto",
    "Erik", "Lars", "Ivan", "Omar", "Ali", "Hassan", "Ravi", "Kenji", "Carlos", "Pedro", "Diego",
    "Antonio",
    "Marco", "Luca", "Stefan", "Philip", "Andrew", "Edward", "Harry", "Nathan", "Joseph", "Aaron",
    "Isaac",
)  # fmt: skip

# A slot's words; nouns here are singular and countable unless the name says otherwise.
BANK: dict[str, tuple[str, ...]] = {
    key: tuple(word.strip() for word in words.split(","))
    for key, words in {
        "place": (
            "park, market, library, school, station, beach, museum, bakery, garden, hospital, "
            "store, "
            "theatre, zoo, farm, harbour, pool, lake, hotel, river, church, cafe, airport, office, "
            "castle"
        ),
        "room": "kitchen, living room, bedroom, attic, cellar, hall, garage, garden shed",
        "thing": (
            "book, lamp, key, hat, umbrella, letter, basket, clock, ring, ball, kite, map, coat, "
            "bag, "
            "camera, pencil, box, cup, mirror, blanket, bottle, scarf, watch, drum, violin, "
            "ladder, candle, "
            "spoon, toy, coin"
        ),
        "gift": (
            "book, ring, ball, kite, map, bag, camera, basket, drink, flower, necklace, cake, "
            "letter, hat, "
            "scarf, watch, toy, key, ticket, candle, sandwich, coin, pencil, computer"
        ),
        "food": (
            "apple, orange, sandwich, cake, egg, banana, pear, biscuit, pancake, potato, onion, "
            "carrot, "
            "tomato, loaf, pie, bowl of soup, plate of rice, piece of cheese, slice of bread"
        ),
        "fruits": "apples, pears, plums, cherries, oranges, lemons, grapes, bananas, strawberries, "
        "peaches",
        "vegetables": "onions, carrots, potatoes, tomatoes, beans, leeks, peas, mushrooms",
        "staple": (
            "flour, sugar, butter, milk, salt, rice, cheese, honey, oil, pepper, water, cream, "
            "tea, coffee, "
            "bread, soup"
        ),
        "sweet": "flour, sugar, butter, milk, honey, cream, cinnamon, yoghurt",
        "savoury": "salt, butter, oil, pepper, water, cream, rice, cheese",
        "animal": (
            "dog, cat, horse, rabbit, goat, cow, duck, hen, mouse, fox, bear, owl, sheep, donkey, "
            "elephant, "
            "lion, monkey, frog, parrot, turtle"
        ),
        "pet": "dog, cat, rabbit, parrot, turtle, kitten, puppy, pony",
        "petname": "Rex, Bella, Coco, Rusty, Luna, Biscuit, Pepper, Toby, Ginger, Shadow",
        "fur": "brown, black, white, grey, golden",
        "size": "big, small, little, large, tiny, huge",
        "look": (
            "old, new, pretty, strange, heavy, broken, beautiful, plain, simple, famous, empty, "
            "clean, "
            "dusty"
        ),
        "colour": "red, blue, green, yellow, black, white, brown, grey, orange, pink, purple",
        "mood": "happy, sad, tired, angry, proud, nervous, calm, surprised, hungry, lonely, "
        "excited, worried",
        "goodmood": "happy, proud, calm, glad, pleased, cheerful",
        "badmood": "sad, tired, angry, nervous, hungry, lonely, worried, upset",
        "job": (
            "teacher, doctor, farmer, baker, nurse, pilot, painter, writer, driver, cook, "
            "engineer, actor, "
            "singer, carpenter, dentist, tailor, sailor, student, lawyer, gardener"
        ),
        "kin": (
            "mother, father, sister, brother, aunt, uncle, grandmother, grandfather, cousin, "
            "neighbour, "
            "friend"
        ),
        "sky": "sunny, cloudy, rainy, windy, foggy, snowy, stormy, cold, warm, dry",
        "season": "spring, summer, autumn, winter",
        "daypart": "morning, afternoon, evening",
        "month": (
            "January, February, March, April, May, June, July, August, September, October, "
            "November, "
            "December"
        ),
        "weekday": "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday",
        "few": "two, three, four, five, six, seven, eight, nine, ten",
        "many": "twelve, fifteen, twenty, thirty, forty, fifty, sixty, eighty, ninety",
        "hour": "one, two, three, four, five, six, seven, eight, nine, ten, eleven",
        "way": "quickly, slowly, quietly, carefully, happily, sadly, suddenly, gently, loudly, "
        "politely",
        "hobby": (
            "swimming, painting, reading, cooking, dancing, singing, fishing, cycling, drawing, "
            "running, "
            "climbing, gardening, sailing, knitting"
        ),
        "subject": "history, music, science, geography, art, mathematics, physics, biology, "
        "poetry, law",
        "sport": "football, tennis, chess, basketball, hockey, golf, volleyball, cricket",
        "town": (
            "Millbrook, Oakfield, Riverton, Stonebridge, Greenhill, Westport, Ashford, Elmwood, "
            "Lakeside, "
            "Northgate"
        ),
        "vehicle": "bus, train, car, boat, ferry, taxi, bicycle, plane, tram, van",
        "material": "wood, stone, glass, paper, metal, silver, gold, wool, cotton, clay, leather, "
        "plastic",
        "plant": "rose, tulip, oak, bush, vine, sunflower, fern, daisy, lily",
        "tool": "hammer, saw, brush, needle, axe, spade, rope, knife, bucket, nail, broom, "
        "screwdriver",
        "wear": "hat, coat, scarf, shirt, dress, jacket, sweater, cap, belt, tie",
    }.items()
}
