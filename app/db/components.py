"""PCA components as directions: each has one row, made when it is first asked for, so that it can
be explained and voted on like any other.
"""

import hashlib

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.base import now
from app.db.models import Direction
from app.db.names import read_title


def component(
    session: Session,
    *,
    model: str,
    revision: str,
    site: str,
    head: int | None,
    component: int,
    basis: str,
    width: int,
    vector: bytes,
    name: str,
) -> Direction:
    """The row of a PCA component of a fitted basis, made when it is first asked for."""
    uid = component_uid(model, revision, site, head, component, basis)
    found = session.scalar(select(Direction).where(Direction.uid == uid))
    if found is not None:
        return found
    shown, key = read_title(name, field="name")
    moment = now()
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(Direction).values(
        uid=uid, origin="pca", name=shown, name_key=key, model=model, revision=revision, site=site,
        head=head, component=component, basis=basis, width=width, vector=vector,
        recipe={"kind": "component", "component": component, "basis": basis},
        listed=False, created_at=moment, updated_at=moment,
    )  # fmt: skip
    session.execute(insert.on_conflict_do_nothing())
    return session.scalars(select(Direction).where(Direction.uid == uid)).one()


def find_component(
    session: Session,
    *,
    model: str,
    revision: str,
    site: str,
    head: int | None,
    component: int,
    basis: str,
) -> Direction | None:
    """The row of a PCA component, if anybody has asked for it."""
    uid = component_uid(model, revision, site, head, component, basis)
    return session.scalar(select(Direction).where(Direction.uid == uid))


def component_uid(
    model: str, revision: str, site: str, head: int | None, component: int, basis: str
) -> str:
    """The uid of a PCA component: what it is decides it, so that there is one row of each.

    A UUID of version 8 (RFC 9562), where those of users' directions are of version 4: anybody can
    compute it, so it must be none that a row of a user could bear.
    """
    what = "\0".join(["pca", model, revision, site, str(head), str(component), basis])
    digits = hashlib.blake2b(what.encode(), digest_size=16).hexdigest()
    return f"{digits[:12]}8{digits[13:16]}{'89ab'[int(digits[16], 16) % 4]}{digits[17:]}"
