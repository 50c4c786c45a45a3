from __future__ import annotations

import gc

import pytest

from ecr_ecs_constructs.cloudformation.garbage import uncollected


@uncollected()
def work(fails: bool) -> bool:
    if fails:
        raise KeyError
    return gc.isenabled()


@pytest.mark.parametrize("before", [pytest.param(True, id="collecting"), pytest.param(False, id="held off already")])
def test_collector_is_held_off_and_left_as_it_was(before: bool) -> None:
    (gc.enable if before else gc.disable)()
    try:
        assert not work(fails=False)
        assert gc.isenabled() is before
        with pytest.raises(KeyError):
            work(fails=True)
        assert gc.isenabled() is before
    finally:
        gc.enable()
