"""Code-like registers: small functions, settings, lists and markup, always balanced."""

import random

from app.demo.scene import Scene, pick
from app.demo.words import BANK

NAMES = ("total", "count", "name", "size", "price", "value", "result", "items", "number", "length",
"width",
         "index")  # fmt: skip
LETTERS = ("a", "b", "x", "y", "n", "m")
OPERATIONS = (("add", "+"), ("subtract", "-"), ("multiply", "*"), ("divide", "/"))


def _number(rng: random.Random, top: int = 100) -> int:
    return int(rng.random() * top)


def function(rng: random.Random) -> str:
    """Write a small Python function."""
    a, b = rng.sample(LETTERS, 2)
    name, sign = pick(rng, OPERATIONS)
    variable, word = pick(rng, NAMES), pick(rng, BANK["thing"])
    return pick(
        rng,
        (
            f"def {name}({a}, {b}):\n    return {a} {sign} {b}\n\n"
            f"print({name}({_number(rng)}, {1 + _number(rng, 20)}))",
            f"def {name}({a}, {b}):\n    {variable} = {a} {sign} {b}\n    return {variable}",
            f'def greet(name):\n    print("Hello, " + name)\n\ngreet("{Scene(rng)["n"]}")',
            f"def is_larger({a}, {b}):\n    if {a} > {b}:\n        return True\n    return False",
            f'def say():\n    print("{word}")\n\nsay()',
            f"def square({a}):\n    return {a} * {a}\n\nprint(square({_number(rng, 20)}))",
        ),
    )


def script(rng: random.Random) -> str:
    """Write a few statements in a row."""
    variable, other = rng.sample(NAMES, 2)
    words = rng.sample(BANK[pick(rng, ("thing", "colour", "animal", "fruits"))], 3)
    quoted = ", ".join(f'"{w}"' for w in words)
    numbers = ", ".join(str(_number(rng)) for _ in range(3 + _number(rng, 3)))
    return pick(
        rng,
        (
            f"{variable} = [{quoted}]\nfor item in {variable}:\n    print(item)",
            f"{variable} = [{numbers}]\n{other} = sum({variable})\nprint({other})",
            f"for i in range({1 + _number(rng, 20)}):\n    print(i)",
            f"{variable} = {_number(rng)}\nif {variable} > {_number(rng)}:\n    "
            f'print("{words[0]}")\nelse:\n'
            f'    print("{words[1]}")',
            f'{variable} = "{words[0]}"\n{other} = len({variable})\nprint({other})',
            f"{variable} = {_number(rng)}\nwhile {variable} > 0:\n    {variable} = {variable} - 1\n"
            f"print({variable})",
            f'prices = {{"{words[0]}": {_number(rng)}, "{words[1]}": {_number(rng)}}}\n'
            f'print(prices["{words[0]}"])',
            f"numbers = [{numbers}]\nprint(max(numbers))",
        ),
    )


def settings(rng: random.Random) -> str:
    """Write keys and values, as in a settings file."""
    scene = Scene(rng)
    pool = [
        f"colour = {scene['colour']}", f"size = {_number(rng)}", f'name = "{scene["thing"]}"',
        "debug = true", "verbose = false", f"town = {scene['town']}", f"port = {_number(rng)}",
        f'title = "{scene["thing2"]}"',
        f"count = {_number(rng)}", f"sizes = [{_number(rng)}, {_number(rng)}, {_number(rng)}]",
    ]  # fmt: skip
    return "\n".join(["[settings]", *rng.sample(pool, 3 + _number(rng, 3))])


def markup(rng: random.Random) -> str:
    """Write nested tags, each one closed."""
    scene = Scene(rng)
    slots = ("thing", "thing2", "thing3")[: 2 + _number(rng, 2)]
    items = "\n".join(f"  <li>{scene[slot]}</li>" for slot in slots)
    return pick(
        rng,
        (
            f"<ul>\n{items}\n</ul>",
            f"<p>The {scene['animal']} is <b>{scene['mood']}</b>.</p>",
            f"<h1>{scene['town']}</h1>\n<p>It is {scene['sky']} today.</p>",
            f'{{"name": "{scene["n"]}", "job": "{scene["job"]}", "age": {10 + _number(rng, 80)}}}',
            f'{{"{scene["fruits"]}": [{_number(rng)}, {_number(rng)}], "{scene["fruits2"]}": []}}',
        ),
    )


def code(rng: random.Random) -> str:
    """Write one of the code-like texts."""
    return pick(rng, (function, script, script, settings, markup))(rng)
