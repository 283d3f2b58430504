"""A job's details without their mask, which may be megabytes, in SQL: it never leaves the database."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class without_mask(FunctionElement[Any]):
    """The JSON object of this column without its member `mask`."""

    type: sa.types.TypeEngine[Any] = sa.JSON()
    inherit_cache = True


class has_mask(FunctionElement[bool]):
    """Whether the JSON object of this column has a member `mask`."""

    type: sa.types.TypeEngine[bool] = sa.Boolean()
    inherit_cache = True


@compiles(without_mask, "sqlite")
def _without_sqlite(element: without_mask, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_remove({compiler.process(element.clauses, **options)}, '$.mask')"


@compiles(without_mask, "postgresql")
def _without_postgresql(element: without_mask, compiler: SQLCompiler, **options: Any) -> str:
    details = compiler.process(element.clauses, **options)
    # Only where there is one: jsonb takes fewer texts than json.
    return f"(CASE WHEN ({details} -> 'mask') IS NULL THEN {details} ELSE ({details}::jsonb - 'mask')::json END)"


@compiles(has_mask, "sqlite")
def _has_sqlite(element: has_mask, compiler: SQLCompiler, **options: Any) -> str:
    return f"(json_type({compiler.process(element.clauses, **options)}, '$.mask') IS NOT NULL)"


@compiles(has_mask, "postgresql")
def _has_postgresql(element: has_mask, compiler: SQLCompiler, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)} -> 'mask') IS NOT NULL)"
