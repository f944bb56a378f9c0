"""A build may be killed at any moment."""

import pytest

from bench.soak import builds

EARLY = 7
"""With it a build is killed soon after it begins to write."""


@pytest.mark.slow
def test_a_killed_build_leaves_the_version_before_or_the_new_one_and_hinders_no_other() -> None:
    found = list(builds.run(kills=len(builds.Moment), seed=EARLY))
    assert [one for one in found if not one.met] == []
