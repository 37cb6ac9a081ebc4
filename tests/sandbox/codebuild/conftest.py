"""A moto server whose CodeBuild runs."""

from collections.abc import Iterator

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from sandbox.aws.authorizer import Authorizer
from sandbox.codebuild.api import install
from sandbox.codebuild.builds import Builds
from sandbox.codebuild.run import Host
from tests.sandbox.codebuild.support import ROOT, World


@pytest.fixture(scope="session")
def codebuild_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    work_dir = tmp_path_factory.mktemp("builds")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://localhost:{1}".format(*server.get_host_and_port())
    authorizer = Authorizer(root_keys={ROOT})
    builds = Builds(
        Host(
            endpoint_url=url,
            authorize=authorizer,
            trusts=authorizer.trusts,
            access_key_id=ROOT,
            secret_access_key="secret",
            environment={"FROM_HOST": "host", "SHADOWED": "host", "AWS_ENDPOINT_URL": url},
            work_dir=work_dir,
        )
    )
    batches = install(builds)
    try:
        yield World(url, builds, work_dir, batches)
    finally:
        builds.close()
        server.stop()


@pytest.fixture
def world(codebuild_server: World) -> World:
    return codebuild_server
