"""Functions that others have put in the place of a library's own."""

import functools
import sys

from lineage_stats.hooks._patches import caller_of_patch, replaces, without_patches

MODULE = "mlflow.utils.autologging_utils.safety"
SOURCE = """
def safe_patch(original):
    @functools.wraps(original)
    def safe_patch_function(*args, **kwargs):
        return call_original(original, args, kwargs)
    return safe_patch_function


def call_original(original, args, kwargs):
    return original(*args, **kwargs)
"""


def patched(function, module=MODULE):
    names = {"functools": functools, "__name__": module}
    exec(SOURCE, names)
    return names["safe_patch"](function)


def fit():
    return sys._getframe(1)


def test_what_was_replaced_is_found_behind_several_replacements():
    assert without_patches(patched(patched(fit))) is fit
    assert without_patches(fit) is fit
    assert without_patches(len) is len
    other = patched(fit, module="somebody_else")
    assert without_patches(other) is other


def test_only_modules_that_replace_are_seen_through():
    assert replaces(MODULE)
    assert not replaces("mlflow")
    assert not replaces(None)


def test_who_calls_the_replacement_calls_the_original():
    inside = patched(fit)()
    assert inside.f_code.co_name == "call_original"
    assert caller_of_patch(inside) is sys._getframe()
