"""Users and logins, directions, explanations with votes, lists, and prompts that visitors keep."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STILL_THERE = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("skeleton", sa.String(length=480), nullable=False),
        sa.Column("passphrase_hash", sa.String(length=200), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> '' AND key <> ''", name=op.f("ck_users_named")),
        sa.CheckConstraint(
            "(passphrase_hash IS NULL) = (claimed_at IS NULL)",
            name=op.f("ck_users_claimed_by_passphrase"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("key", name=op.f("uq_users_key")),
        sa.UniqueConstraint("skeleton", name=op.f("uq_users_skeleton")),
    )
    op.create_table(
        "directions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.String(length=200), nullable=False),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("head", sa.Integer(), nullable=True),
        sa.Column("component", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("n_explanations", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(origin = 'pca') = (user_id IS NULL)", name=op.f("ck_directions_of_a_user_or_of_pca")
        ),
        sa.CheckConstraint("name <> '' AND name_key <> ''", name=op.f("ck_directions_named")),
        sa.CheckConstraint(
            "origin <> 'pca' OR (component IS NOT NULL AND basis IS NOT NULL)",
            name=op.f("ck_directions_pca_has_a_component"),
        ),
        sa.CheckConstraint("origin IN ('user', 'pca')", name=op.f("ck_directions_origin_known")),
        sa.CheckConstraint(
            "visibility IN ('public', 'unlisted')", name=op.f("ck_directions_visibility_known")
        ),
        sa.CheckConstraint(
            "length(vector) = 4 * width", name=op.f("ck_directions_vector_of_its_width")
        ),
        sa.CheckConstraint("n_explanations >= 0", name=op.f("ck_directions_counted")),
        sa.CheckConstraint("width > 0", name=op.f("ck_directions_wide")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_directions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directions")),
        sa.UniqueConstraint("uid", name=op.f("uq_directions_uid")),
    )
    op.create_index(op.f("ix_directions_listed_id"), "directions", ["listed", "id"])
    op.create_index(op.f("ix_directions_listed_model_id"), "directions", ["listed", "model", "id"])
    op.create_index(
        op.f("ix_directions_listed_model_score_id"),
        "directions",
        ["listed", "model", "score", "id"],
    )
    op.create_index(
        op.f("ix_directions_listed_model_site_id"),
        "directions",
        ["listed", "model", "site", "id"],
    )
    op.create_index(
        op.f("ix_directions_listed_model_site_score_id"),
        "directions",
        ["listed", "model", "site", "score", "id"],
    )
    op.create_index(
        op.f("ix_directions_model_site_head_id"), "directions", ["model", "site", "head", "id"]
    )
    op.create_index(
        op.f("ix_directions_listed_origin_id"), "directions", ["listed", "origin", "id"]
    )
    op.create_index(
        op.f("ix_directions_listed_origin_score_id"),
        "directions",
        ["listed", "origin", "score", "id"],
    )
    op.create_index(op.f("ix_directions_listed_score_id"), "directions", ["listed", "score", "id"])
    op.create_index(op.f("ix_directions_listed_site_id"), "directions", ["listed", "site", "id"])
    op.create_index(
        op.f("ix_directions_listed_site_score_id"), "directions", ["listed", "site", "score", "id"]
    )
    op.create_index(op.f("ix_directions_user_id_id"), "directions", ["user_id", "id"])
    op.create_index(
        op.f("ix_directions_user_id_score_id"), "directions", ["user_id", "score", "id"]
    )
    op.create_index(
        "uq_directions_user_id_name_key",
        "directions",
        ["user_id", "name_key"],
        unique=True,
        sqlite_where=STILL_THERE,
        postgresql_where=STILL_THERE,
    )

    op.create_table(
        "lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_lists_named")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_lists_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
    )
    op.create_index(op.f("ix_lists_user_id_id"), "lists", ["user_id", "id"])
    op.create_index(
        "uq_lists_user_id_name_key",
        "lists",
        ["user_id", "name_key"],
        unique=True,
        sqlite_where=STILL_THERE,
        postgresql_where=STILL_THERE,
    )

    op.create_table(
        "logins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_logins_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_logins")),
    )
    op.create_index(op.f("ix_logins_expires_at"), "logins", ["expires_at"])
    op.create_index(op.f("ix_logins_user_id"), "logins", ["user_id"])

    op.create_table(
        "prompt_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_prompt_sets_named")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_prompt_sets_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_sets")),
    )
    op.create_index(
        "uq_prompt_sets_user_id_name_key",
        "prompt_sets",
        ["user_id", "name_key"],
        unique=True,
        sqlite_where=STILL_THERE,
        postgresql_where=STILL_THERE,
    )

    op.create_table(
        "explanations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("direction_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=5), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("up", sa.Integer(), nullable=False),
        sa.Column("down", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "side IN ('both', 'plus', 'minus')", name=op.f("ck_explanations_side_known")
        ),
        sa.CheckConstraint("text <> ''", name=op.f("ck_explanations_text_not_empty")),
        sa.CheckConstraint("up >= 0 AND down >= 0", name=op.f("ck_explanations_counted")),
        sa.ForeignKeyConstraint(
            ["direction_id"],
            ["directions.id"],
            name=op.f("fk_explanations_direction_id_directions"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_explanations_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanations")),
        sa.UniqueConstraint("uid", name=op.f("uq_explanations_uid")),
    )
    op.create_index(
        op.f("ix_explanations_direction_id_score_id"),
        "explanations",
        ["direction_id", "score", "id"],
    )
    op.create_index(op.f("ix_explanations_user_id_id"), "explanations", ["user_id", "id"])
    op.create_index(
        "uq_explanations_direction_id_user_id_side",
        "explanations",
        ["direction_id", "user_id", "side"],
        unique=True,
        sqlite_where=STILL_THERE,
        postgresql_where=STILL_THERE,
    )

    op.create_table(
        "list_items",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("direction_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["direction_id"], ["directions.id"], name=op.f("fk_list_items_direction_id_directions")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], name=op.f("fk_list_items_list_id_lists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "direction_id", name=op.f("pk_list_items")),
    )
    op.create_index(
        op.f("ix_list_items_direction_id_list_id"), "list_items", ["direction_id", "list_id"]
    )

    op.create_table(
        "prompt_set_items",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("prompt_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompts.id"], name=op.f("fk_prompt_set_items_prompt_id_prompts")
        ),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["prompt_sets.id"],
            name=op.f("fk_prompt_set_items_set_id_prompt_sets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("set_id", "prompt_id", name=op.f("pk_prompt_set_items")),
    )
    op.create_index(op.f("ix_prompt_set_items_prompt_id"), "prompt_set_items", ["prompt_id"])

    op.create_table(
        "explanation_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("explanation_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["explanation_id"],
            ["explanations.id"],
            name=op.f("fk_explanation_revisions_explanation_id_explanations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanation_revisions")),
    )
    op.create_index(
        op.f("ix_explanation_revisions_explanation_id_id"),
        "explanation_revisions",
        ["explanation_id", "id"],
    )

    op.create_table(
        "votes",
        sa.Column("explanation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IN (-1, 1)", name=op.f("ck_votes_up_or_down")),
        sa.ForeignKeyConstraint(
            ["explanation_id"],
            ["explanations.id"],
            name=op.f("fk_votes_explanation_id_explanations"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_votes_user_id_users")),
        sa.PrimaryKeyConstraint("explanation_id", "user_id", name=op.f("pk_votes")),
    )
    op.create_index(op.f("ix_votes_user_id"), "votes", ["user_id"])

    with op.batch_alter_table("prompts") as batch_op:
        batch_op.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_prompts_user_id_id"), ["user_id", "id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_prompts_user_id_users"), "users", ["user_id"], ["id"]
        )


def downgrade() -> None:
    for table in (
        "votes",
        "explanation_revisions",
        "prompt_set_items",
        "list_items",
        "explanations",
        "prompt_sets",
        "logins",
        "lists",
        "directions",
    ):
        op.drop_table(table)
    # Visitors' prompts go with the visitors: without them they would be nobody's for good.
    op.execute("DELETE FROM prompts WHERE deleted_at IS NOT NULL OR dataset = 'visitors'")
    with op.batch_alter_table("prompts") as batch_op:
        batch_op.drop_constraint(op.f("fk_prompts_user_id_users"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_prompts_user_id_id"))
        batch_op.drop_column("deleted_at")
        batch_op.drop_column("user_id")
    op.drop_table("users")
