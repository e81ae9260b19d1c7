"""A function whose code is exchanged stays the same object and does the same."""

from __future__ import annotations

import inspect
import pickle
import traceback
import types

import pytest

from lineage_stats.hooks import Target
from lineage_stats.hooks._journal import PatchJournal
from lineage_stats.hooks._provider import Watched
from lineage_stats.hooks._swap import ACTIVE, FRAME_FILE, LateSignature, can_swap, twin_of


class Spy:
    """A recorder that notes what trampolines tell it."""

    def __init__(self, *, records: bool = True) -> None:
        self.calls = []
        self.records = records

    def begin(self, watched, args, kwargs):
        self.calls.append(("begin", watched.target.path, args, kwargs))
        return self if self.records else None

    def end(self, call, result):
        self.calls.append(("end", result))

    def fail(self, call, error):
        self.calls.append(("fail", error))


@pytest.fixture
def spy():
    recorder = Spy()
    ACTIVE[0] = recorder
    yield recorder
    ACTIVE[0] = None


@pytest.fixture
def journal():
    made = PatchJournal()
    yield made
    made.restore()


def example(a, b=2, *rest, c: int = 3, **more):
    """Example docs."""
    return a, b, rest, c, more


def test_results_and_arguments_go_through(spy, journal):
    journal.swap(example, Target("m", "example"))
    marker = object()
    assert example(marker, 5, 6, c=7, d=8) == (marker, 5, (6,), 7, {"d": 8})
    assert example(1) == (1, 2, (), 3, {})
    assert spy.calls[0] == ("begin", "example", (marker, 5, 6), {"c": 7, "d": 8})
    assert [call[0] for call in spy.calls] == ["begin", "end"] * 2
    assert spy.calls[1][1][0] is marker


def test_the_same_exception_goes_through_once(spy, journal):
    mine = KeyError("mine")

    def raising():
        raise mine

    journal.swap(raising, Target("m", "raising"))
    with pytest.raises(KeyError) as caught:
        raising()
    assert caught.value is mine
    assert spy.calls[-1] == ("fail", mine)
    assert mine.__context__ is None


def test_a_recorder_that_declines_is_not_asked_again(spy, journal):
    spy.records = False
    journal.swap(example, Target("m", "example"))
    assert example(1)[0] == 1
    assert [call[0] for call in spy.calls] == ["begin"]


def test_nothing_happens_without_a_recorder(journal):
    journal.swap(example, Target("m", "example"))
    assert example(1, c=9) == (1, 2, (), 9, {})
    with pytest.raises(TypeError, match=r"example\(\) missing 1 required positional argument: 'a'"):
        example()


def test_wrong_arguments_are_the_same_error(journal):
    def message(*args, **kwargs):
        try:
            example(*args, **kwargs)
        except TypeError as error:
            return str(error)
        return None

    before = message(), message(1, a=1)
    journal.swap(example, Target("m", "example"))
    assert (message(), message(1, a=1)) == before


def test_identity_and_names_stay(journal):
    alias, code = example, example.__code__
    before = {name: getattr(example, name) for name in ("__name__", "__qualname__", "__module__",
              "__doc__", "__defaults__", "__kwdefaults__", "__annotations__")}  # fmt: skip
    signature, spec = inspect.signature(example), inspect.getfullargspec(example)
    source = inspect.getsource(example)
    journal.swap(example, Target("m", "example"))
    assert example is alias
    assert example.__code__ is not code
    assert {name: getattr(example, name) for name in before} == before
    assert inspect.signature(example) == signature
    assert inspect.getfullargspec(example) == spec
    assert inspect.getsource(example) == source
    assert inspect.getmodule(example) is inspect.getmodule(twin_of(example))


def test_everything_is_taken_back(journal):
    example.mine = 1
    code, names = example.__code__, dict(vars(example))
    journal.swap(example, Target("m", "example"))
    assert vars(example) != names
    journal.restore()
    assert example.__code__ is code
    assert vars(example) == names
    del example.mine


def test_closures_and_super_still_work(spy, journal):
    class Base:
        def greet(self):
            return "base"

    class Child(Base):
        def greet(self):
            return f"child of {super().greet()} with {marker}"

    marker = "x"
    assert journal.swap(Child.greet, Target("m", "Child.greet"))
    assert Child().greet() == "child of base with x"
    marker = "y"
    assert Child().greet() == "child of base with y"


def test_recursive_functions_are_asked_at_each_level(spy, journal):
    def factorial(n):
        return 1 if n == 0 else n * factorial(n - 1)

    journal.swap(factorial, Target("m", "factorial"))
    assert factorial(5) == 120
    assert [call[0] for call in spy.calls].count("begin") == 6


@pytest.mark.parametrize("value", [len, int, object(), types.SimpleNamespace(), None, inspect])
def test_what_is_not_a_python_function_cannot_be_swapped(value, journal):
    assert not can_swap(value)
    assert not journal.swap(value, Target("m", "x"))


def test_generators_and_coroutines_are_left_alone():
    def generator():
        yield 1

    async def coroutine():
        return 1

    async def asynchronous():
        yield 1

    assert not any(map(can_swap, (generator, coroutine, asynchronous)))


def test_a_function_that_returns_a_generator_is_lazy_still(spy, journal):
    seen = []

    def numbers(n):
        return (seen.append(i) or i for i in range(n))

    journal.swap(numbers, Target("m", "numbers"))
    result = numbers(2)
    assert seen == []
    assert list(result) == [0, 1]


def test_code_can_be_hashed_and_its_constants_pickled(journal):
    journal.swap(example, Target("m", "example"))
    assert hash(example.__code__) == hash(example.__code__)
    ACTIVE[0] = Spy()
    try:
        copies = [pickle.loads(pickle.dumps(c)) for c in (ACTIVE, Watched(Target("", ""), len))]
    finally:
        ACTIVE[0] = None
    assert copies == [[None], ""]


def test_one_line_is_added_to_tracebacks_and_it_names_us(journal):
    def raising():
        raise ValueError

    journal.swap(raising, Target("m", "raising"))
    ACTIVE[0] = Spy()
    try:
        raising()
    except ValueError as error:
        frames = traceback.extract_tb(error.__traceback__)
    finally:
        ACTIVE[0] = None
    assert [frame.filename for frame in frames].count(FRAME_FILE) == 1
    assert frames[-1].name == "raising"
    assert frames[-1].filename == __file__


def test_a_late_signature_is_a_signature():
    late = LateSignature.of(example)
    plain = inspect.signature(example)
    assert isinstance(late, inspect.Signature)
    assert late == plain
    assert hash(LateSignature.of(example)) == hash(plain)
    assert str(LateSignature.of(example)) == str(plain)
    assert LateSignature.of(example).bind(1, c=2).arguments == {"a": 1, "c": 2}
    assert LateSignature.of(example).replace(return_annotation=int).return_annotation is int
    assert pickle.loads(pickle.dumps(LateSignature.of(max_of))) == inspect.signature(max_of)
    with pytest.raises(AttributeError):
        _ = late.nonsense


def max_of(a, b=1):
    return max(a, b)
