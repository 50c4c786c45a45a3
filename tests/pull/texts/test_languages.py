"""The values that holes can have."""

from __future__ import annotations

from ecr_ecs_constructs.pull.texts.languages import PLAIN, disjoint


def test_plain_languages_have_no_colons_wildcards_and_variables() -> None:
    for language in PLAIN:
        assert disjoint(language, r"[\s\S]*[:*?$][\s\S]*"), language
