"""Tables: numbers, and classes, from a file of comma-separated values."""

import csv
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from tt_tensor.dtypes import as_dtype

from .dataset import TensorDataset
from .errors import DamagedFileError
from .making import MakesTensors

MISSING = ("", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None")
Column = str | int


class CSVDataset(MakesTensors, TensorDataset):
    r"""A table of numbers: sample `i` is `(features, target)` of its i-th row, or `(features,)` if no column is the target.

    Args:
        path: the file, of comma-separated values in UTF-8.
        target: the column to predict, by its name or number; None for none. If one of its values is no number, it holds names
            of classes: these are numbered in sorted order.
        columns: the columns of the features, by names or numbers, in this order; by default all but the target.
        header: whether the first row holds the names of the columns. Without one they have numbers only, from 0.
        delimiter: what separates the values.
        dtype: the dtype of the features.
        target_dtype: the dtype of the target; by default int64 for classes and where all are whole numbers, else that of the
            features.
        missing: what becomes of rows in which a value is missing (empty, ?, NA, N/A, n/a, NaN, nan, NULL, null, None): "error",
            "drop", or a number that takes the place of a missing feature (`math.nan` too). A row without its target is an error
            or dropped.

    Attributes:
        features, targets: the tensors [N, F] and [N]; `targets` is None if no column is the target.
        columns: the names of the features' columns; their numbers, if there is no header.
        classes: the names of the classes; empty if the target is a number.

    Raises:
        FileNotFoundError: if there is no such file.
        DamagedFileError: if a row has another number of values, or a value is missing or no number of the dtype, or the file is
            not text; the message says in which line and column.
        KeyError, IndexError, TypeError: if there is no such column.
        ValueError: if no column is left for the features.

    Examples:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "iris.csv")
        >>> _ = path.write_text("length,width,species\n5.1,3.5,setosa\n6.2,2.9,virginica\n")
        >>> iris = CSVDataset(path, target="species")
        >>> iris.columns, iris.classes
        (['length', 'width'], ['setosa', 'virginica'])
        >>> iris[1]
        (tensor([6.2000, 2.9000]), tensor(1))
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        target: Column | None = None,
        *,
        columns: Sequence[Column] | None = None,
        header: bool = True,
        delimiter: str = ",",
        dtype: Any = np.float32,
        target_dtype: Any = None,
        missing: str | float = "error",
    ) -> None:
        if missing not in ("error", "drop") and (
            isinstance(missing, str | bool) or not isinstance(missing, int | float)
        ):
            raise ValueError(f'CSVDataset: missing should be "error", "drop" or a number, got {missing!r}')
        if isinstance(columns, str):
            raise TypeError(f"CSVDataset: columns should be a list of names or numbers, got {columns!r}")
        self.path, self.dtype = path, as_dtype(dtype)
        with open(path, encoding="utf-8-sig", newline="") as file:
            try:
                table = Table(path, file, header, delimiter)
                wanted = None if target is None else table.place(target)
                chosen = [k for k in range(table.width) if k != wanted]
                if columns is not None:
                    chosen = list(map(table.place, columns))
                if not chosen:
                    raise ValueError(f"CSVDataset: no column of {path} is left for the features")
                features, answers = self.read(table, chosen, wanted, missing)
            except UnicodeDecodeError as error:
                raise DamagedFileError(f"{path} is not a table in UTF-8: {error}") from error
        self.columns = [table.names[k] if header else k for k in chosen]
        self.classes: list[str] = []
        self.features, self.targets = self.make(features), None
        if wanted is None:
            super().__init__(self.features)
            return
        self.targets = self.make(self.numbered(answers, target_dtype))
        super().__init__(self.features, self.targets)

    def read(
        self, table: "Table", chosen: list[int], wanted: int | None, missing: str | float
    ) -> tuple[Any, list[str]]:
        """The features, an array [N, F], and the target's values as they stand."""
        blocks, answers = [], []
        fill = repr(float(missing)) if not isinstance(missing, str) else None
        for lines, rows in table.blocks():
            asked = chosen if wanted is None or wanted in chosen else [*chosen, wanted]
            keep = []
            for line, row in zip(lines, rows):
                lacks = [k for k in asked if row[k].strip() in MISSING]
                if lacks and missing == "drop":
                    continue
                if lacks and (fill is None or wanted in lacks):
                    raise DamagedFileError(
                        f'{table.where(line, lacks[0])}: the value is missing; pass missing="drop" to leave such rows out'
                        + ("" if lacks[0] == wanted else ", or a number to put in its place")
                    )
                for k in lacks:
                    row[k] = fill or ""
                keep.append((line, row))
            answers += [row[wanted].strip() for _, row in keep] if wanted is not None else []
            cells = [[row[k] for k in chosen] for _, row in keep]
            try:
                blocks.append(self.numbers(cells))
            except (ValueError, OverflowError) as error:
                raise self.complaint(table, keep, chosen) from error
        shape = (-1, len(chosen))
        return (
            np.concatenate([b.reshape(shape) for b in blocks]) if blocks else np.empty((0, shape[1]), self.dtype)
        ), answers

    def numbers(self, cells: list[list[str]]) -> Any:
        """Values as numbers of the dtype; floats and bools by way of float64, since NumPy takes any text for True."""
        if any("_" in "".join(row) for row in cells):
            raise ValueError("NumPy would read 1_2 as 12")
        with np.errstate(over="ignore"):  # what is too large for float16 is infinite
            return np.array(cells, np.float64 if self.dtype.kind in "fb" else self.dtype).astype(self.dtype)

    def complaint(self, table: "Table", rows: list[tuple[int, list[str]]], chosen: list[int]) -> DamagedFileError:
        """What to say of the first value that is no number of the dtype."""
        for line, row in rows:
            for k in chosen:
                try:
                    self.numbers([[row[k]]])
                except (ValueError, OverflowError):
                    remedy = "leave the column out with columns=[...], or name it as the target"
                    marks = set(row[k]) & set(",;\t|") - {table.delimiter}
                    if table.width == 1 and (others := sorted(marks)):
                        remedy = f"pass delimiter={others[0]!r} if it separates the columns"
                    return DamagedFileError(
                        f"{table.where(line, k)}: {row[k]!r} is not a number of dtype {self.dtype}; {remedy}"
                    )
        return DamagedFileError(f"{self.path}: a value is not a number of dtype {self.dtype}")

    def numbered(self, answers: list[str], dtype: Any) -> Any:
        """The target's values as numbers [N]: as they are, or the numbers of the classes."""
        numbers, fitting = self.parsed(answers)
        wanted = as_dtype(dtype or fitting)
        with np.errstate(over="ignore", invalid="ignore"):
            targets = numbers.astype(wanted)
        if wanted.kind != "f" and (lost := targets != numbers).any():
            raise DamagedFileError(
                f"{self.path}: {numbers[lost][0]} in the target is not a number of dtype {wanted}; pass another target_dtype"
            )
        return targets

    def parsed(self, answers: list[str]) -> tuple[Any, Any]:
        """The target's values, int64 or float64 [N], or the numbers of the classes; and the dtype that suits them."""
        if any("_" in answer for answer in answers):  # NumPy would read 1_2 as 12
            return self.classified(answers), np.int64
        try:
            return np.array(answers, np.int64), np.int64
        except (ValueError, OverflowError):
            pass  # they are not all written as whole numbers
        try:
            numbers = np.array(answers, np.float64)
        except ValueError:
            return self.classified(answers), np.int64
        whole = bool((np.abs(numbers) < 2**63).all() and (numbers == np.rint(numbers)).all())
        return numbers, np.int64 if whole else self.dtype

    def classified(self, answers: list[str]) -> Any:
        """The numbers of the classes of that name, int64 [N]."""
        self.classes = sorted(set(answers))
        place = {name: k for k, name in enumerate(self.classes)}
        return np.array([place[name] for name in answers], np.int64)

    def __repr__(self) -> str:
        return f"CSVDataset({len(self)} rows of {len(self.columns)} features, from {self.path})"


class Table:
    """The rows of a file, and where they stand in it."""

    def __init__(self, path: str | os.PathLike[str], file: Any, header: bool, delimiter: str) -> None:
        self.path, self.reader = path, csv.reader(file, delimiter=delimiter, strict=True)
        self.delimiter = delimiter
        first = next(filter(None, iter(self.next_row, None)), None)
        if first is None:
            raise DamagedFileError(f"{path} is empty")
        begin, self.width = self.reader.line_num, len(first)
        self.names = [name.strip() for name in first] if header else [str(k) for k in range(self.width)]
        self.header, self.waiting = header, [] if header else [(begin, first)]
        if header and len(set(self.names)) < self.width:
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise DamagedFileError(f"{path}, line {begin}: several columns have the names {twice}")

    def next_row(self) -> list[str] | None:
        """The next row, which may be blank; None at the end."""
        begin = self.reader.line_num + 1
        try:
            return next(self.reader, None)
        except csv.Error as error:
            remedy = "; is a quotation mark not closed?" if "end of data" in str(error) else ""
            raise DamagedFileError(f"{self.path}, in the row from line {begin} on: {error}{remedy}") from error

    def place(self, column: Column) -> int:
        """The number of a column."""
        if isinstance(column, str):
            if not self.header or column not in self.names:
                raise KeyError(
                    f"{self.path} has no column {column!r}; it has {self.names if self.header else self.width}"
                )
            return self.names.index(column)
        if isinstance(column, bool) or not isinstance(column, int):
            raise TypeError(f"{self.path}: a column is a name or a number, got {column!r}")
        if not -self.width <= column < self.width:
            raise IndexError(f"{self.path} has no column {column}: it has {self.width}")
        return column % self.width

    def where(self, line: int, column: int) -> str:
        """A place in the file, for a message."""
        return f"{self.path}, line {line}, column {self.names[column]!r}"

    def blocks(self, size: int = 4096) -> Iterator[tuple[list[int], list[list[str]]]]:
        """Rows, some thousands at a time, with the numbers of their lines."""
        while block := list(islice(self.rows(), size)):
            yield [line for line, _ in block], [row for _, row in block]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not blank, with the number of the line in which each ends."""
        yield from self.waiting
        self.waiting = []
        while (row := self.next_row()) is not None:
            if not row:
                continue
            if len(row) != self.width:
                raise DamagedFileError(
                    f"{self.path}, line {self.reader.line_num}: {len(row)} values where {self.width} columns are"
                )
            yield self.reader.line_num, row
