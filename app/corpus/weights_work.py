"""The long work behind what weights say: one small job after the other, in the background.

Whoever else waits for the model goes in between, and waits for no more than one such job.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.corpus.files import Array
from app.corpus.plan import Progress, Submit
from app.corpus.sample import rows_of, sample
from app.corpus.store import Corpus
from app.errors import NotFinite
from app.worker.jobs import ModelShape, Site
from app.worker.weights_jobs import (
    READS,
    BasisSums,
    CompositionJob,
    CosinesJob,
    KurtosisFound,
    KurtosisJob,
    LayerPair,
    assemble,
    layer_pairs,
)

Numbers = npt.NDArray[np.float32]


def composition(shape: ModelShape, submit: Submit, progress: Progress) -> dict[str, Array]:
    """Composition scores, one pair of layers at a time.

    heads_q, heads_k, heads_v: (L, h, L, h); heads_to_ffn: (L, h, L); ffn_to_heads_q and so on:
    (L, L, h); ffn: (L, L).
    """
    todo = layer_pairs(shape.n_layers)
    pairs: dict[tuple[int, int], LayerPair] = {}
    for writer, reader in todo:
        progress(len(pairs), len(todo))
        pairs[writer, reader] = submit(CompositionJob(writer, reader)).result()
    found = assemble(pairs)
    arrays = {"heads_to_ffn": found.heads_to_ffn, "ffn": found.ffn}
    for reads in READS:
        arrays[f"heads_{reads}"] = found.heads[reads]
        arrays[f"ffn_to_heads_{reads}"] = found.ffn_to_heads[reads]
    return _finite({name: scores.float().numpy() for name, scores in arrays.items()})


def cosines(shape: ModelShape, submit: Submit, progress: Progress) -> dict[str, Array]:
    """cosines: (layers, neurons), of what each FFN neuron reads and what it writes."""
    n = shape.n_layers
    rows: list[Numbers] = []
    for layer in range(n):
        progress(layer, n)
        rows.append(submit(CosinesJob(layer)).result().numpy())
    return _finite({"cosines": np.stack(rows)})


def _finite(arrays: dict[str, Array]) -> dict[str, Array]:
    """The arrays. Raises NotFinite where a product of weights overflowed."""
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise NotFinite("The model's weights are too large to be multiplied.")
    return arrays


def kurtosis(
    corpus: Corpus, sites: Sequence[Site], submit: Submit, progress: Progress
) -> dict[str, Array]:
    """own, rotated, mean, std: (sites, width), over a sample of the corpus; n_tokens.

    The mean of the first batch is the pilot of all others. The kurtosis of a constant coordinate
    is NaN. Raises NotFinite where the model's numbers overflow on the sample.
    """
    batches = sample(corpus)
    sums: tuple[BasisSums, ...] = ()
    for done, batch in enumerate(batches):
        progress(done, len(batches))
        shifts = tuple(each.own.shift for each in sums) or None
        job = KurtosisJob(rows_of(corpus, batch), tuple(sites), corpus.skip, shifts)
        found: KurtosisFound = submit(job).result()
        new = found.sums
        sums = tuple(a.merge(b) for a, b in zip(sums, new, strict=True)) if sums else new
    stacked = {
        "own": [each.own.kurtosis for each in sums],
        "rotated": [each.rotated.kurtosis for each in sums],
        "mean": [each.own.mean for each in sums],
        "std": [each.own.std for each in sums],
    }
    arrays: dict[str, Array] = {
        name: np.stack([row.float().numpy() for row in rows]) for name, rows in stacked.items()
    }
    return {**arrays, "n_tokens": np.array(sums[0].own.n)}
