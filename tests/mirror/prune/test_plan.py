import pytest

from mirror.oci.digest import Digest
from mirror.prune.plan import Found, find
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.store import Store
from tests.mirror.prune.conftest import Mirror

PRIVATE = "private: {prefix: hub}\npublic: false\ndefaults: {to: [private]}\n"


def plan(mirror: Mirror, text: str, *, min_age_days: float = 30, **options: str | None) -> Found:
    return find(mirror.places(text, **options), mirror.clock, min_age_days=min_age_days)


def going(found: Found) -> dict[str, str]:
    return {f"{entry.repository}:{entry.tag}": entry.reason for entry in found.plan.entries}


def test_what_the_file_no_longer_names_would_go(mirror: Mirror) -> None:
    mirror.private("hub/maven", "3.5", "3.6")
    found = plan(mirror, PRIVATE + "images: [{name: maven, tags: ['3.6', '3.7']}]")
    assert going(found) == {"hub/maven:3.5": "not named in tags"}
    (entry,) = found.plan.entries
    repository = mirror.registries.private["eu-central-1"].store.create("hub/maven")
    assert entry.digest == repository.tags["3.5"]
    assert entry.registry == mirror.registries.ecr_url.partition("://")[2]
    assert entry.pushed is not None
    assert not found.failed
    assert mirror.registries.log.count(method="DELETE") == 0
    assert mirror.registries.log.count(reference="BatchDeleteImage") == 0
    assert mirror.registries.hub_state.pulls == 0


def test_patterns_choose_among_what_is_upstream(mirror: Mirror) -> None:
    mirror.upstream("library/redis", "7.0", "7.2", "8.0", "8.2", "9.0-rc1")
    mirror.private("hub/redis", "7.0", "7.2", "8.0", "8.2", "9.0-rc1", "edge")
    found = plan(mirror, PRIVATE + 'images: [{name: redis, tags: [{semver: ">=7", latest: 2}], exclude: ["*-rc*"]}]')
    assert going(found) == {
        "hub/redis:7.0": "not among the latest 2 of {semver: >=7, latest: 2}",
        "hub/redis:7.2": "not among the latest 2 of {semver: >=7, latest: 2}",
        "hub/redis:9.0-rc1": "{semver: >=7, latest: 2} takes no pre-releases (prerelease: true does)",
        "hub/redis:edge": "{semver: >=7, latest: 2} wants a version, which edge is not; gone upstream too",
    }


def test_what_is_gone_upstream_stays_while_a_selector_names_it(mirror: Mirror) -> None:
    """It could not be had again. Nor does it push anything out that is still among the latest."""
    mirror.upstream("library/redis", "7.0", "7.2")
    mirror.private("hub/redis", "7.0", "7.2", "6.0", "9.9", "1-old", "named")
    text = 'images: [{name: redis, tags: [named, {semver: ">=6", latest: 2}]}]'
    why = "{semver: >=6, latest: 2} wants a version, which 1-old is not; gone upstream too"
    assert going(plan(mirror, PRIVATE + text)) == {"hub/redis:1-old": why}


def test_nothing_goes_before_its_age_and_ages_are_told(mirror: Mirror) -> None:
    mirror.private("hub/maven", "3.5", "3.6")
    mirror.clock.days = 29
    found = plan(mirror, PRIVATE + "images: [maven:3.6]")
    assert found.plan.entries == ()
    assert (found.younger, found.undated) == (1, 0)
    assert going(plan(mirror, PRIVATE + "images: [maven:3.6]", min_age_days=28)) != {}


def test_what_has_no_age_goes_only_when_age_does_not_count(mirror: Mirror) -> None:
    store = Store()
    ImageBuilder(store, "hub/maven").small(["3.5", "3.6"])
    url = mirror.registries.plain("mine", store)
    found = plan(mirror, PRIVATE + "images: [maven:3.6]", private=url)
    assert found.plan.entries == ()
    assert (found.younger, found.undated) == (0, 1)
    found = plan(mirror, PRIVATE + "images: [maven:3.6]", private=url, min_age_days=0)
    assert going(found) == {"hub/maven:3.5": "not named in tags"}
    assert found.plan.entries[0].pushed is None


def test_each_destination_has_its_own(mirror: Mirror) -> None:
    mirror.private("maven", "3.5", "3.6")
    mirror.public("maven", "3.4", "3.6")
    mirror.public("redis", "8")
    found = plan(
        mirror, "defaults: {to: [private, public]}\nimages: [maven:3.6, {name: redis, tags: ['8'], to: [public]}]"
    )
    assert [(entry.destination, entry.tag) for entry in found.plan.entries] == [("private", "3.5"), ("public", "3.4")]
    assert found.plan.entries[1].registry == mirror.registries.public_url


def test_repositories_that_are_not_the_mirrors_own_are_left_alone(mirror: Mirror) -> None:
    mirror.private("hub/maven", "3.5")
    mirror.private("hub/redis", "1")
    mirror.private("backend", "1")
    mirror.private("elsewhere", "1")
    found = plan(
        mirror, PRIVATE + "images: [{name: maven, tags: ['3.6'], adopt: true}, redis:2]\nrepositories: [backend]"
    )
    assert going(found) == {"hub/redis:1": "not named in tags"}
    assert found.notes == ["private hub/maven was there before the mirror (adopt), so nothing of it is removed"]


def test_what_is_attached_stays_as_long_as_its_image(mirror: Mirror) -> None:
    repository = mirror.private("hub/maven", "3.6", "3.5")
    stays, goes = repository.tags["3.6"], repository.tags["3.5"]
    platform = repository.manifests[stays].manifest.children[0].digest
    gone = Digest("sha256:" + "0" * 64)
    for subject in (stays, goes, platform, gone):
        for suffix in ("", ".sig"):
            repository.tags[subject.replace(":", "-") + suffix] = stays
    found = plan(mirror, PRIVATE + "images: [maven:3.6]")
    why = "the image that it is attached to is gone"
    name = f"hub/maven:{gone.replace(':', '-')}"
    assert going(found) == {"hub/maven:3.5": "not named in tags", name: why, f"{name}.sig": why}


def test_an_image_that_is_wanted_by_its_digest_keeps_its_tags(mirror: Mirror) -> None:
    repository = mirror.private("hub/maven", "3.5")
    found = plan(mirror, PRIVATE + f"images: ['maven@{repository.tags['3.5']}']")
    assert found.plan.entries == ()


def test_without_the_list_of_tags_upstream_nothing_of_that_image_goes(mirror: Mirror) -> None:
    mirror.upstream("library/redis", "8.0")
    mirror.private("hub/redis", "7.0")
    mirror.private("hub/maven", "3.5")
    mirror.registries.faults.add(Fault(registry="hub", action="tags", status=403))
    found = plan(mirror, PRIVATE + "images: [{name: redis, tags: [{glob: '8*'}]}, maven:3.6]")
    assert going(found) == {"hub/maven:3.5": "not named in tags"}
    (problem,) = found.failed
    assert problem.startswith("redis: its tags upstream are not known")


def test_the_latest_by_push_date_need_every_date(mirror: Mirror) -> None:
    mirror.upstream("library/redis", "7", "8")
    mirror.private("hub/redis", "7", "8")
    text = PRIVATE + "images: [{name: redis, tags: [{glob: '*', latest: 1, order: pushed}]}]"
    assert list(going(plan(mirror, text))) == ["hub/redis:7"]
    places = mirror.places(text)
    places.hub_tags = None
    found = find(places, mirror.clock, min_age_days=30)
    assert found.plan.entries == ()
    assert found.failed == [
        "redis: its tags upstream are not known: which are the latest by push date, only Docker Hub tells"
    ]


def test_a_repository_that_does_not_exist_has_nothing_to_lose(mirror: Mirror) -> None:
    found = plan(mirror, PRIVATE + "images: [maven:3.6]")
    assert found.plan.entries == ()
    assert found.notes == ["private hub/maven does not exist"]
    assert not found.failed


def test_a_destination_that_does_not_answer_is_told(mirror: Mirror) -> None:
    mirror.private("hub/maven", "3.5")
    service = mirror.registries.private["eu-central-1"]
    service.authorize = lambda _key, action, _resource: action != "ecr:DescribeImages"
    found = plan(mirror, PRIVATE + "images: [maven:3.6]")
    assert found.plan.entries == ()
    (problem,) = found.failed
    assert "ecr:DescribeImages" in problem


@pytest.mark.parametrize("limit", [set(), {"hub/redis"}])
def test_it_can_be_limited_to_some_repositories(mirror: Mirror, limit: set[str]) -> None:
    mirror.private("hub/maven", "3.5")
    mirror.private("hub/redis", "7")
    places = mirror.places(PRIVATE + "images: [maven:3.6, redis:8]")
    found = find(places, mirror.clock, min_age_days=30, repositories=limit)
    assert {entry.repository for entry in found.plan.entries} == limit
