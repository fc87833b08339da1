"""Runs the migrations on the connection that shop.adapters.sql.framework.migrations hands over."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("Migrations run through `shop migrate`, which takes the lock that keeps them apart.")

# SQLite rolls DDL back like any statement: there, all migrations are one transaction, begun before the present
# revision is read. MySQL commits at every DDL: each migration ends with its revision recorded.
context.configure(
    connection=connection,
    transactional_ddl=connection.dialect.name == "sqlite",
    on_version_apply=context.config.attributes["on_version_apply"],
)
with context.begin_transaction():
    context.run_migrations()
    context.config.attributes["before_commit"](connection)
