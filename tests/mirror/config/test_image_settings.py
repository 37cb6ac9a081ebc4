from collections.abc import Callable

import pytest

from mirror.config.model import DestinationName, MirrorConfig
from mirror.errors import Problem

PRIVATE, PUBLIC = DestinationName.PRIVATE, DestinationName.PUBLIC


@pytest.mark.parametrize(
    ("document", "adopted"),
    [
        ("images: ['maven:3']", ()),
        ("images: [{name: maven, tags: [a], adopt: false}]", ()),
        ("images: [{name: maven, tags: [a], adopt: true}]", (PUBLIC,)),
        ("images: [{name: maven, tags: [a], to: [private, public], adopt: true}]", (PRIVATE, PUBLIC)),
        ("images: [{name: maven, tags: [a], to: [private, public], adopt: [private]}]", (PRIVATE,)),
        ("defaults: {adopt: true}\nimages: ['maven:3']", (PUBLIC,)),
        ("defaults: {adopt: [private]}\nimages: ['maven:3']", ()),
        ("defaults: {adopt: true}\nimages: [{name: maven, tags: [a], adopt: false}]", ()),
        ("defaults: {adopt: true}\nimages: [{name: maven, tags: [a], adopt: []}]", ()),
    ],
)
def test_which_repositories_are_there_already(
    read: Callable[[str], MirrorConfig], document: str, adopted: tuple[DestinationName, ...]
) -> None:
    (image,) = read(document).images
    assert image.adopt == adopted


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ("adopt: maybe", "adopt", "expected true or false, got 'maybe'"),
        ("adopt: [elsewhere]", "adopt[0]", "expected private or public, got 'elsewhere'"),
        ("private: {removal: destroy}", "private", "the image does not go to 'private': add it to 'to'"),
        ("public: {mutability: immutable}", "public.mutability", "unknown key 'mutability'"),
        ("public: true", "public", "expected a mapping of the repository's settings, got true"),
        ("adopt: true, description: x", "description", "its gallery texts are not managed here"),
        ("adopt: true, public: {removal: destroy}", "public.removal", "its settings are not managed here"),
        (
            "to: [private], adopt: true, private: {encryption: kms}",
            "private.encryption",
            "the private repository is adopted",
        ),
    ],
)
def test_what_an_image_may_not_say(refuse: Callable[[str], list[Problem]], keys: str, path: str, message: str) -> None:
    (problem,) = refuse(f"images: [{{name: maven, tags: [a], {keys}}}]")

    assert problem.path == f"images[0].{path}"
    assert message in problem.message


def test_whether_an_adopted_repositorys_tags_move_may_be_said(read: Callable[[str], MirrorConfig]) -> None:
    config = read("images: [{name: maven, tags: [a], to: [private], adopt: true, private: {mutability: immutable}}]")

    assert config.is_immutable(PRIVATE, config.images[0], "a")
