"""Tables: every mistake is found where it is."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_data import CSVDataset, DamagedFileError, DataLoader
from tt_tensor import Tensor


@pytest.fixture
def table(tmp_path):
    """Writes a file."""

    def write(text, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


IRIS = "length,width,species\n5.1,3.5,setosa\n6.2,2.9,virginica\n4.9,3.0,setosa\n"


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("", {}, "is empty"),
        ("a,b\n1,2\n1,2,3\n", {}, "line 3: 3 values where 2 columns are"),
        ("a,b\n1,2\n\n1\n", {}, "line 4: 1 values where 2 columns are"),
        ("a,a\n1,2\n", {}, r"line 1: several columns have the names \['a'\]"),
        ("a,b\n1,2\n1,x\n", {}, "line 3, column 'b': 'x' is not a number of dtype float32"),
        ("a,b\n1,2\n1,2.5\n", {"dtype": "int64"}, "line 3, column 'b': '2.5' is not a number of dtype int64"),
        ("1,2\n1,x\n", {"header": False}, "line 2, column '1': 'x'"),
        ("\n\na,b\n1,2_0\n", {}, "line 4, column 'b': '2_0' is not a number"),
        ('a\n"1,000"\n', {}, "'1,000' is not a number of dtype float32; leave the column out"),
        ("a,b\n1,2\n,3\n", {}, "line 3, column 'a': the value is missing; pass missing=\"drop\""),
        ("a,b\n1,2\nNA,3\n", {"missing": "error"}, "line 3, column 'a': the value is missing"),
        ("a,b\n1,2\n1,\n", {"target": "b", "missing": 0}, "line 3, column 'b': the value is missing"),
        ('a,b\n1,"2\n', {}, "in the row from line 2 on: unexpected end of data; is a quotation mark not closed?"),
        ('a,b\n1,"2"3\n', {}, "in the row from line 2 on"),
        ("a;b\n1;2\n", {}, "'1;2' is not a number of dtype float32; pass delimiter=';'"),
        ("a,b\n1,2\n" * 5000, {}, "line 3, column 'a': 'a' is not a number"),
        ("a,b\n" + "1,2\n" * 9000 + "1,x\n", {}, "line 9002, column 'b'"),
        ('a,b\n"1\n1",2\n', {}, "line 3, column 'a'"),
        ("a,b\n1,0x10\n", {}, "'0x10' is not a number"),
        ("a,b\n1,300\n", {"dtype": "uint8"}, "'300' is not a number of dtype uint8"),
        ("a,b\n1,2\n1\0,2\n", {}, r"line 3, column 'a': '1\\x00' is not a number"),
        ("a,b\n1,x\n", {"dtype": "bool"}, "'x' is not a number of dtype bool"),
    ],
)
def test_damaged_tables(table, text, settings, message):
    path = table(text)
    with pytest.raises(DamagedFileError, match=message) as caught:
        CSVDataset(path, **settings)
    assert str(path) in str(caught.value)


def test_other_encodings(table):
    with pytest.raises(DamagedFileError, match="not a table in UTF-8"):
        CSVDataset(table("a,b\né,1\n", encoding="latin-1"))
    with pytest.raises(DamagedFileError):
        CSVDataset(table(IRIS, encoding="utf-16"))
    assert CSVDataset(table("\ufeffa,b\n1,2\n")).columns == ["a", "b"]


def test_misuse(table, tmp_path):
    path = table(IRIS)
    with pytest.raises(FileNotFoundError):
        CSVDataset(tmp_path / "none.csv")
    with pytest.raises(KeyError, match="no column 'petal'; it has"):
        CSVDataset(path, target="petal")
    with pytest.raises(KeyError):
        CSVDataset(path, target="length", header=False)
    with pytest.raises(IndexError, match="it has 3"):
        CSVDataset(path, columns=[3])
    for missing in ("ignore", None, True, "0"):
        with pytest.raises(ValueError, match="missing should be"):
            CSVDataset(path, missing=missing)
    with pytest.raises(TypeError, match="dtype"):
        CSVDataset(path, dtype="str")
    with pytest.raises(TypeError):
        CSVDataset(path, "species", ["length"])


def test_features_targets_and_classes(table):
    data = CSVDataset(table(IRIS), target="species")
    assert data.columns == ["length", "width"]
    assert data.classes == ["setosa", "virginica"]
    assert type(data.features) is Tensor
    assert data.features.numpy().dtype == np.float32
    assert data.targets.tolist() == [0, 1, 0]
    assert data.targets.numpy().dtype == np.int64
    assert len(data) == 3
    ((x, y),) = DataLoader(data, batch_size=3)
    np.testing.assert_array_equal(x.numpy(), np.array([[5.1, 3.5], [6.2, 2.9], [4.9, 3.0]], np.float32))
    assert y.tolist() == [0, 1, 0]
    assert "3 rows of 2 features" in repr(data)


def test_names_of_classes_that_python_would_read_as_numbers(table):
    data = CSVDataset(table("\nx,kind\n1,1_2\n2,12\n"), target="kind")
    assert data.classes == ["12", "1_2"]
    assert data.targets.tolist() == [1, 0]


def test_columns_in_any_order(table):
    path = table("a,b,c\n1,2,3\n4,5,6\n")
    assert CSVDataset(path, "a", columns=["c", 1]).features.tolist() == [[3, 2], [6, 5]]
    assert CSVDataset(path, target=-1).targets.tolist() == [3, 6]
    assert CSVDataset(path).targets is None
    assert len(CSVDataset(path)[0]) == 1
    plain = CSVDataset(path.with_name("plain.csv") if path.with_name("plain.csv").write_text("1;2\n3;4\n") else path,
                       target=1, header=False, delimiter=";")  # fmt: skip
    assert plain.columns == [0]
    assert plain.features.tolist() == [[1], [3]]
    assert plain.targets.tolist() == [2, 4]


def test_kinds_of_targets(table):
    numbers = "x,y\n1,0.5\n2,3\n"
    assert CSVDataset(table(numbers), "y").targets.numpy().dtype == np.float32
    assert CSVDataset(table(numbers), "y", dtype="float64").targets.numpy().dtype == np.float64
    assert CSVDataset(table("x,y\n1,5\n2,3\n"), "y").targets.numpy().dtype == np.int64
    assert CSVDataset(table("x,y\n1,5\n2,3\n"), "y", target_dtype="float32").targets.numpy().dtype == np.float32
    names = CSVDataset(table("x,y\n1,10\n2,9\n3,no\n"), "y")
    assert names.classes == ["10", "9", "no"]
    assert names.targets.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("value", "dtype"), [("300", "int8"), ("-5", "uint8"), ("2.5", "int64"), ("inf", "int32"), ("7", "bool")]
)
def test_a_target_that_its_dtype_does_not_hold(table, value, dtype):
    with pytest.raises(DamagedFileError, match=f"{value}.* in the target is not a number of dtype {dtype}"):
        CSVDataset(table(f"x,y\n1,0\n2,{value}\n"), "y", target_dtype=dtype)
    names = "".join(f"1,class {k}\n" for k in range(200))
    with pytest.raises(DamagedFileError, match="another target_dtype"):
        CSVDataset(table("x,y\n" + names), "y", target_dtype="int8")


@pytest.mark.parametrize("sign", ["", " ", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None"])
def test_missing_values(table, sign):
    path = table(f"a,b,y\n1,2,0\n{sign},4,1\n5,6,0\n")
    dropped = CSVDataset(path, "y", missing="drop")
    assert dropped.features.tolist() == [[1, 2], [5, 6]]
    assert dropped.targets.tolist() == [0, 0]
    assert CSVDataset(path, "y", missing=-1).features.tolist() == [[1, 2], [-1, 4], [5, 6]]
    assert math.isnan(CSVDataset(path, "y", missing=math.nan).features[1, 0])
    assert CSVDataset(path, "y", columns=["b"]).features.tolist() == [[2], [4], [6]], "a column that nobody asked for"


def test_no_rows(table):
    data = CSVDataset(table("a,b\n"), "b")
    assert data.features.shape == (0, 1)
    assert len(data) == 0
    assert CSVDataset(table("a,b\nNA,1\n"), missing="drop").features.shape == (0, 2)


@given(
    rows=st.lists(st.lists(st.floats(width=32, allow_nan=False), min_size=3, max_size=3), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_is_read(tmp_path_factory, rows, delimiter, quoted, end):
    file = io.StringIO()
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(file, delimiter=delimiter, quoting=style, lineterminator=end).writerows([["a", "b b", "c"], *rows])
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    path.write_bytes(file.getvalue().encode())
    data = CSVDataset(path, delimiter=delimiter)
    np.testing.assert_array_equal(data.features.numpy(), np.array(rows, np.float32))


def test_numbers_at_the_ends_of_their_range(table):
    path = table("x,y\n70000,9007199254740993\n0,-1\n")
    assert CSVDataset(path, "y", dtype="float16").features.tolist() == [[math.inf], [0.0]]
    assert CSVDataset(path, "y", dtype="bool").features.tolist() == [[True], [False]]
    assert CSVDataset(path, "y").targets.tolist() == [2**53 + 1, -1]
    huge = table("x,y\n1,1e300\n")
    assert CSVDataset(huge, "y", dtype="float64").targets.tolist() == [1e300]
    assert CSVDataset(huge, "y").targets.tolist() == [math.inf]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"target": "x", "columns": []}, ValueError, "no column .* is left"),
        ({"columns": "xy"}, TypeError, "list of names"),
        ({"target": True}, TypeError, "a name or a number, got True"),
        ({"target": 1.0}, TypeError, "a name or a number, got 1.0"),
    ],
)
def test_no_such_columns(table, settings, error, message):
    with pytest.raises(error, match=message):
        CSVDataset(table("x,y\n1,2\n"), **settings)
