from collections.abc import Callable

import pytest

from mirror.config.model import MirrorConfig, RepositoryConfig
from mirror.errors import Problem


def test_both_forms(read: Callable[[str], MirrorConfig]) -> None:
    config = read("private: {prefix: hub}\nrepositories:\n  - backend-app\n  - name: team/frontend")

    assert config.repositories == (RepositoryConfig("backend-app", 3), RepositoryConfig("team/frontend", 4))


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ("repositories: backend", "repositories", "expected a list of repositories, got 'backend'"),
        ("repositories: [7]", "repositories[0]", 'quote it: "7"'),
        ("repositories: [[a]]", "repositories[0]", "got a list"),
        ("repositories: [{}]", "repositories[0]", "'name' is missing"),
        ("repositories: [{name: app, tags: []}]", "repositories[0].tags", "unknown key 'tags'; allowed: name"),
        (
            "repositories: [{name: Backend}]",
            "repositories[0].name",
            "ECR does not accept the repository name 'Backend'",
        ),
        ("repositories: ['app:1']", "repositories[0]", "ECR does not accept the repository name 'app:1'"),
        ("repositories: [1app]", "repositories[0]", "must begin with a letter"),
        ("repositories: [a]", "repositories[0]", "2 to 256 characters, 'a' has 1"),
        ("repositories:\n- app\n- {name: app}", "repositories[1].name", "has an entry already (line 2): keep one"),
        ("private: false\nrepositories: [app]", "repositories[0]", "'private' is switched off (line 1)"),
        (
            "defaults: {to: [private]}\nimages:\n- maven:3\nrepositories: [maven]",
            "repositories[0]",
            "the image 'maven' (line 3) is mirrored into the private repository 'maven': take another name",
        ),
        (
            "defaults: {to: [private]}\nprivate: {prefix: hub}\nimages: [library/maven:3]\nrepositories: [hub/maven]",
            "repositories[0]",
            "the image 'maven' (line 3) is mirrored into the private repository 'hub/maven'",
        ),
    ],
)
def test_what_is_no_repository(refuse: Callable[[str], list[Problem]], document: str, path: str, message: str) -> None:
    (problem,) = refuse(document)

    assert problem.path == path
    assert message in problem.message


@pytest.mark.parametrize(
    "document",
    [
        "images: ['maven:3']\nrepositories: [maven]",  # the image goes to the other registry
        "private: {prefix: hub}\ndefaults: {to: [private]}\nimages: ['maven:3']\nrepositories: [maven]",
        "public: {prefix: hub}\nimages: ['maven:3']\nrepositories: [hub/maven]",
    ],
)
def test_the_same_name_elsewhere_is_no_collision(read: Callable[[str], MirrorConfig], document: str) -> None:
    assert len(read(document).repositories) == 1
