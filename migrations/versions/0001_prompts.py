"""Prompts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(80), nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("register", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("model", sa.String(200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_prompts_text_not_empty")),
        sa.CheckConstraint("dataset <> '' AND slug <> ''", name=op.f("ck_prompts_named")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
        sa.UniqueConstraint("dataset", "slug", name=op.f("uq_prompts_dataset_slug")),
    )


def downgrade() -> None:
    op.drop_table("prompts")
