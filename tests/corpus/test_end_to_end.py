"""A real (random) model behind a real batcher, from texts to top tokens."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from sklearn.decomposition import PCA

from app.corpus.commands import prepare, run_fit
from app.corpus.service import CorpusService
from app.corpus.summaries import Extremes
from app.corpus.tasks import BackgroundTasks
from app.worker.hub import ModelHub
from app.worker.jobs import CaptureJob, Read
from tests.models import SENTENCES


def test_from_texts_to_top_tokens(tmp_path: Path, tiny_hub: ModelHub) -> None:
    model = tiny_hub.get(tiny_hub.names[0])
    prepare(model, [f"{a} {b}" for a in SENTENCES for b in SENTENCES], data_dir=tmp_path)
    tasks = BackgroundTasks()
    service = CorpusService(tmp_path, tasks)
    corpus = service.corpus(model)
    assert service.fitted(model) == {site.name for site in model.sites.basic}

    for name in ("blocks.2.hook_resid_pre", "ln_final.hook_normalized", "hook_pos_embed"):
        site = model.sites[name]
        rows = [
            model.batcher.submit(CaptureJob(corpus.row(i), (Read(site),))).result().vectors[0][1:]
            for i in range(corpus.n_texts)
        ]
        x = torch.cat(rows).double()
        fitted = service.basis(model, site)
        theirs = PCA(svd_solver="covariance_eigh").fit(x.numpy())
        assert np.allclose(
            fitted.basis.explained_variance_ratio[:8],
            theirs.explained_variance_ratio_[:8],
            rtol=1e-3,
        )
        v = fitted.basis.components[0]
        assert abs(float(v.double() @ torch.from_numpy(theirs.components_[0]))) > 1 - 1e-6
        top = service.extremes(model, site, None, v, "z", k=3)
        assert isinstance(top, Extremes)
        z = (x - x.mean(0)) @ v.double() / fitted.basis.std[0]
        assert [e.score for e in top.highest] == pytest.approx(
            z.sort(descending=True).values[:3].tolist(), rel=1e-3
        )
    tasks.close()


def test_the_same_command_twice_gives_the_same_bits(tmp_path: Path, tiny_hub: ModelHub) -> None:
    model = tiny_hub.get(tiny_hub.names[0])
    site = model.sites["blocks.1.attn.hook_z"]
    found = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        prepare(model, list(SENTENCES), data_dir=folder)
        run_fit(model, data_dir=folder, sites=[site.name], console=Console(file=io.StringIO()))
        tasks = BackgroundTasks()
        basis = CorpusService(folder, tasks).basis(model, site, 1).basis
        found.append((basis.components.numpy().tobytes(), basis.mean.numpy().tobytes()))
    assert found[0] == found[1]
