from mirror import settings
from tests.stage import Stage, images


def test_what_is_known_before_the_first_question(stage: Stage) -> None:
    stage.builder().small(["1"])
    stage.registries.hub_state.users["me"] = "token"
    stage.environ = {settings.HUB_USERNAME: "me", settings.HUB_TOKEN: "token"}
    text = "docker_hub: {keep_pulls: 7}\nprivate: {prefix: team}\npublic: {}\ndefaults: {to: [private, public]}\n"
    stage.run(text + images(["app:1"]), deadline_seconds=600.0, dry_run=True)
    opening = stage.listener.begun
    assert opening is not None
    one, two = (str(stage.urls[name]).partition("://")[2] for name in ("private", "public"))
    assert opening.destinations == {"private": f"{one}/team", "public": two}
    assert (opening.user, opening.anonymous, opening.keep_pulls) == ("me", False, 7)
    assert (opening.images, opening.dry_run, opening.deadline_seconds) == (1, True, 600.0)


def test_images_that_go_elsewhere_are_left_out_and_that_is_said(stage: Stage) -> None:
    stage.builder().small(["1"])
    stage.urls["public"] = None
    text = "private: {}\npublic: {}\nimages:\n"
    text += "  - {name: app, tags: ['1'], to: [private]}\n  - {name: other, tags: ['1'], to: [public]}\n"
    report = stage.run(text)
    assert [image.reference for image in report.images] == ["app:1"]
    assert report.notes == ("1 of 2 images go elsewhere, so they are left out",)
