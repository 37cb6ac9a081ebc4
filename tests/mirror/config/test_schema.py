"""`mirror.schema.json` is for editors, the reader decides: what the one refuses, the other must refuse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mirror.config import catalog, ecr, reader, tags
from mirror.config.model import DestinationName
from mirror.errors import ConfigError

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "mirror.schema.json").read_text())
HEX = "0123456789abcdef" * 4
CACHED = "docker_hub: {credentials_secret: ecr-pullthroughcache/hub}\npull_through_cache"

VALID = [
    "",
    "schedule: none",
    "schedule: {rate: 6 hours}",
    "schedule: {rate: 1 day}",
    "schedule: {cron: '0 3 * * ? *'}",
    "schedule: {cron: '0 3 * * ? *', timezone: Europe/Berlin}",
    "docker_hub: {}",
    "defaults: {referrers: true, provenance: false}",
    "images: [{name: maven, tags: ['3'], referrers: true}]",
    "docker_hub: {keep_pulls: 20, twins: false}",
    "docker_hub: {twins: true}",
    "docker_hub: {twins: ['https://public.ecr.aws/docker/library', 'http://localhost:5000']}",
    "docker_hub: {credentials_secret: hub-mirror/docker-hub}",
    "docker_hub: {credentials_secret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:hub-AbCdEf'}",
    "public: {}",
    "public: true",
    "public: false",
    "public: {prefix: 1st/team}",
    "private: {prefix: team}",
    "private: false",
    "defaults: {}",
    "defaults: {to: [private], platforms: [linux/amd64, linux/arm/v7], exclude: ['*-rc*']}",
    "images: []",
    "images: ['maven:3.6.3-jdk-11']",
    "images: ['bitnami/redis:7']",
    "images: ['library/maven:3']",
    "images: ['docker.io/maven:3']",
    f"images: ['maven:3@sha256:{HEX}']",
    f"images: ['maven@sha256:{HEX}']",
    "images: [{name: maven, tags: [a]}]",
    "images: [{name: docker.io/library/maven, tags: [a]}]",
    "images: [{name: team/a.b_c-d1, tags: [a]}]",
    "images: [{name: maven, tags: ['3.10'], to: [public, private], platforms: [linux/amd64], exclude: []}]",
    f"images: [{{name: maven, tags: ['a@sha256:{HEX}', 'sha256:{HEX}']}}]",
    "images: [{name: maven, tags: [{glob: '7.*'}, {regex: '^8', required: true}, {latest: 2, order: pushed}]}]",
    "images: [{name: maven, tags: [{semver: '>=17 <22', prefix: v, suffix: -jre, prerelease: true, latest: 1}]}]",
    "images: [{name: maven, tags: [{semver: '*'}]}]",
    "images: [{name: maven, tags: [{latest: 2, suffix: -jre, prerelease: true}]}]",
    "images: [{name: maven, tags: [a], description: d, about: a, usage: u}]",
    "images: [{name: maven, tags: [a], architectures: [x86-64, ARM 64], operating_systems: [Linux]}]",
    f"images: [{{name: maven, tags: [a], description: {'x' * 1024}, about: {'x' * 10240}}}]",
    "public: {alias: mycompany, stacks: 4, removal: destroy, resource_tags: {team: platform, cost-centre: ''}}",
    "private: {stacks: 100, mutability: immutable, removal: retain}",
    "private: {mutability: {immutable_except: ['*-jre', latest]}}",
    "private: {mutability: {mutable_except: ['v*.*']}}",
    "private: {lifecycle: []}",
    "private: {lifecycle: [{tags: '*-rc*', keep_newest: 5}, {images: untagged, expire_after_days: 2}]}",
    "private: {lifecycle: [{images: any, archive_after_days_unpulled: 9}]}",
    "private: {lifecycle: [{images: any, expire_after_days_archived: 90}]}",
    "private: {lifecycle: [{tags: '*', expire_after_days: 1}, {tags: 'a*', archive_after_days: 1}]}",
    "private: {encryption: kms_dsse}",
    "private: {encryption: {kms: alias/mine}}",
    "private: {encryption: {kms_dsse: 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890'}}",
    "private: {pull_access: {accounts: ['111122223333'], organization: o-a1b2c3d4e5}}",
    "private: {pull_access: {organizational_units: [o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/]}}",
    "private: {scanning: on_push}",
    "private: {scanning: off}",
    "private: {scanning: {basic: {on_push: ['*']}}}",
    "private: {scanning: {enhanced: {on_push: ['*'], continuous: ['prod/*', a*b]}}}",
    "private: {replication: [{to: [eu-west-1, {region: us-gov-west-1, account: '111122223333'}]}]}",
    "private: {replication: [{to: [{region: eu-west-1}], repositories: [docker-hub/, prod]}]}",
    "private: {accept_replication_from: ['111122223333']}",
    f"{CACHED}: {{prefix: hub/x}}",
    f"{CACHED}: {{prefix: hub, mutability: immutable, lifecycle: [], pull_access: {{organization: o-a1b2c3d4e5}}}}",
    "defaults: {adopt: true}",
    "defaults: {adopt: [public]}",
    "images: [{name: maven, tags: [a], adopt: false, to: [private], private: {removal: destroy, lifecycle: []}}]",
    "images: [{name: maven, tags: [a], public: {resource_tags: {}}}]",
    "repositories: [{name: app, mutability: immutable, encryption: kms, pull_access: {accounts: ['111122223333']}}]",
    "repositories: [backend-app, {name: team/app}]",
    "name: dev",
    "run_on_deploy: true",
    "schedule: {rate: 6 hours, window_minutes: 0}",
    "schedule: [{name: base, rate: 1 hour}, {name: rest, cron: '0 3 ? * MON *', timezone: UTC, window_minutes: 1440}]",
    "schedule: [{name: base, rate: 1 hour, images: [maven, 'm*']}]\nimages: ['maven:3']",
    "docker_hub: {create_secret: true}",
    "docker_hub: {create_secret: true, credentials_secret: hub, kms_key: 'arn:aws:kms:x-1:123456789012:key/a-1'}",
    "docker_hub: {create_secret: false}",
    "compute: {}",
    "compute: {arch: x86_64, type: large, timeout_minutes: 2160}",
    "compute: {type: lambda, arch: arm64}",
    "network: {}",
    "network: {vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-4e5f6789], security_groups: [sg-0a1b2c3d]}",
    "network: {proxy: 'http://proxy.example.com:3128', no_proxy: [.example.com, 10.0.0.1, 'host:8080']}",
    "watch: true",
    "watch: false",
    "watch: {}",
    "watch: {email: [ops@example.com], no_success_hours: 168, stale_hours: 1, low_budget: 0, dashboard: false}",
    "watch: {topic: 'arn:aws:sns:eu-central-1:123456789012:ops'}",
    "parameters: true",
]

INVALID = [
    "version: '1'",
    "version: 2",
    "version: true",
    "version: ~",
    "imagse: []",
    "schedule: ~",
    "schedule: daily",
    "schedule: {}",
    "schedule: {rate: 0 hours}",
    "schedule: {rate: 1 hours}",
    "schedule: {rate: 6 hour}",
    "schedule: {rate: 6}",
    "schedule: {rate: rate(6 hours)}",
    "schedule: {rate: 6 hours, cron: '0 3 * * ? *'}",
    "schedule: {rate: 6 hours, timezone: UTC}",
    "schedule: {cron: 0 3 * * *}",
    "schedule: {cron: 'cron(0 3 * * ? *)'}",
    "schedule: {timezone: UTC}",
    "docker_hub: x",
    "docker_hub: {credentials_secret: ''}",
    "docker_hub: {credentials_secret: a b}",
    "docker_hub: {credentials_secret: 'arn:aws:s3:::bucket'}",
    "docker_hub: {credentials_secret: dckr_pat_x}",
    "docker_hub: {username: x}",
    "public: ~",
    "public: yes please",
    "public: {prefix: ''}",
    "public: {prefix: /a}",
    "public: {prefix: a/}",
    "public: {prefix: A}",
    "public: {prefxi: a}",
    "private: {prefix: 1st}",
    "private: []",
    "defaults: {to: []}",
    "defaults: {tags: [a]}",
    "defaults: {platforms: []}",
    "images: ~",
    "images: {}",
    "images: [maven]",
    "images: [7]",
    "images: [quay.io/a/b:1]",
    "images: ['localhost:5000/a:1']",
    "images: [localhost/a:1]",
    "images: [Maven:3]",
    "images: ['maven:-x']",
    "images: ['maven@sha256:12']",
    "images: [{maven: 3.9}]",
    "images: [{name: maven}]",
    "images: [{tags: [a]}]",
    "images: [{name: 'maven:3', tags: [a]}]",
    "images: [{name: quay.io/a/b, tags: [a]}]",
    "images: [{name: maven, tags: []}]",
    "images: [{name: maven, tags: a}]",
    "images: [{name: maven, tags: [a, a]}]",
    "images: [{name: maven, tags: [3.10]}]",
    "images: [{name: maven, tags: [on]}]",
    "images: [{name: maven, tags: [2026-11-24]}]",
    "images: [{name: maven, tags: ['7.*']}]",
    "images: [{name: maven, tags: ['a@sha256:12']}]",
    f"images: [{{name: maven, tags: ['@sha256:{HEX}']}}]",
    f"images: [{{name: maven, tags: [{'t' * 129}]}}]",
    "images: [{name: maven, tags: [{}]}]",
    "images: [{name: maven, tags: [{required: true}]}]",
    "images: [{name: maven, tags: [{glob: '*', regex: x}]}]",
    "images: [{name: maven, tags: [{glob: '*', semver: '*', latest: 1}]}]",
    "images: [{name: maven, tags: [{glob: 'a b'}]}]",
    "images: [{name: maven, tags: [{glob: '*', suffix: -jre}]}]",
    "images: [{name: maven, tags: [{glob: '*', order: pushed}]}]",
    "images: [{name: maven, tags: [{latest: 1, order: age}]}]",
    "images: [{name: maven, tags: [{latest: 0}]}]",
    "images: [{name: maven, tags: [{latest: true}]}]",
    "images: [{name: maven, tags: [{glob: '*', latest: 1, prerelease: true}]}]",
    "images: [{name: maven, tags: [{prerelease: true}]}]",
    "images: [{name: maven, tags: [{semver: '*', suffix: 'a b'}]}]",
    "images: [{name: maven, tags: [{globs: '*'}]}]",
    "images: [{name: maven, tags: [{glob: '*', required: 1}]}]",
    "images: [{name: maven, tags: [a], to: [nowhere]}]",
    "images: [{name: maven, tags: [a], to: [public, public]}]",
    "images: [{name: maven, tags: [a], platforms: [linux]}]",
    "images: [{name: maven, tags: [a], platforms: [linux/amd64, linux/amd64]}]",
    "images: [{name: maven, tags: [a], exclude: ['']}]",
    "images: [{name: maven, tags: [a], architectures: [amd64]}]",
    "images: [{name: maven, tags: [a], operating_systems: [linux]}]",
    "images: [{name: maven, tags: [a], description: ''}]",
    f"images: [{{name: maven, tags: [a], description: {'x' * 1025}}}]",
    f"images: [{{name: maven, tags: [a], about: {'x' * 10241}}}]",
    "repositories: [A]",
    "repositories: [a]",
    "repositories: [1st]",
    "repositories: [a__b]",
    "repositories: ['a:1']",
    "public: {alias: A}",
    "public: {alias: a}",
    "public: {stacks: 0}",
    "public: {stacks: 101}",
    "public: {stacks: '2'}",
    "public: {mutability: immutable}",
    "public: {scanning: off}",
    "private: {alias: mine}",
    "private: {removal: delete}",
    "private: {removal: true}",
    "private: {mutability: frozen}",
    "private: {mutability: true}",
    "private: {mutability: {}}",
    "private: {mutability: {immutable_except: []}}",
    "private: {mutability: {immutable_except: ['a*b*c*']}}",
    "private: {mutability: {immutable_except: [a, b, c, d, e, f]}}",
    "private: {mutability: {immutable_except: [a], mutable_except: [b]}}",
    "private: {lifecycle: {}}",
    "private: {lifecycle: [{}]}",
    "private: {lifecycle: [{images: any}]}",
    "private: {lifecycle: [{keep_newest: 5}]}",
    "private: {lifecycle: [{images: any, keep_newest: 5}]}",
    "private: {lifecycle: [{images: untagged, expire_after_days: 1}]}",
    "private: {lifecycle: [{images: any, expire_after_days_archived: 89}]}",
    "private: {lifecycle: [{images: tagged, expire_after_days: 9}]}",
    "private: {lifecycle: [{tags: a, images: any, expire_after_days: 9}]}",
    "private: {lifecycle: [{tags: a, expire_after_days: 9, keep_newest: 1}]}",
    "private: {lifecycle: [{tags: [a], expire_after_days: 9}]}",
    "private: {lifecycle: [{tags: '*a*b*c*d*', expire_after_days: 9}]}",
    "private: {lifecycle: [{tags: a, expire_after_days: 0}]}",
    "private: {encryption: none}",
    "private: {encryption: {aes256: x}}",
    "private: {encryption: {kms: mine}}",
    "private: {encryption: {kms: ''}}",
    "private: {encryption: {}}",
    "private: {pull_access: all}",
    "private: {pull_access: {accounts: []}}",
    "private: {pull_access: {accounts: [111122223333]}}",
    "private: {pull_access: {accounts: ['1']}}",
    "private: {pull_access: {organization: a1b2c3d4e5}}",
    "private: {pull_access: {organizational_units: [ou-ab12-11111111]}}",
    "private: {resource_tags: []}",
    "private: {resource_tags: {aws:x: y}}",
    "private: {resource_tags: {'hub-mirror:x': y}}",
    "private: {resource_tags: {x: 7}}",
    "private: {resource_tags: {x: 'a,b'}}",
    "private: {scanning: always}",
    "private: {scanning: true}",
    "private: {scanning: {}}",
    "private: {scanning: {basic: {}}}",
    "private: {scanning: {basic: {continuous: ['*']}}}",
    "private: {scanning: {enhanced: {continuous: []}}}",
    "private: {scanning: {enhanced: {continuous: ['A*']}}}",
    "private: {replication: []}",
    "private: {replication: [{to: []}]}",
    "private: {replication: [{to: [europe]}]}",
    "private: {replication: [{repositories: [a]}]}",
    "private: {replication: [{to: [eu-west-1], repositories: [A]}]}",
    "private: {accept_replication_from: []}",
    "defaults: {adopt: maybe}",
    "defaults: {adopt: [elsewhere]}",
    "defaults: {private: {}}",
    f"{CACHED}: {{prefix: 1x}}",
    f"{CACHED}: {{}}",
    f"{CACHED}: {{prefix: hub, encryption: kms}}",
    "images: [{name: maven, tags: [a], public: true}]",
    "images: [{name: maven, tags: [a], to: [private], private: {prefix: a}}]",
    "images: [{name: maven, tags: [a], about: {files: x}}]",
    "images: [{name: maven, tags: [a], about: {file: ''}}]",
    "repositories: [{name: app, adopt: true}]",
    "repositories: [{}]",
    "repositories: [{name: app, tags: []}]",
    "name: Dev",
    "name: a--b",
    "name: ''",
    f"name: {'a' * 21}",
    "run_on_deploy: maybe",
    "schedule: []",
    "schedule: [none]",
    "schedule: [{rate: 1 hour}]",
    "schedule: [{name: base}]",
    "schedule: [{name: Base, rate: 1 hour}]",
    "schedule: {name: base, rate: 1 hour}",
    "schedule: {rate: 1 hour, window_minutes: 1441}",
    "schedule: {rate: 1 hour, window_minutes: -1}",
    "schedule: {rate: 1 hour, images: []}",
    "schedule: {rate: 1 hour, images: ['maven:3']}\nimages: ['maven:3']",
    "docker_hub: {create_secret: 1}",
    "docker_hub: {credentials_secret: hub, kms_key: alias/mine}",
    "compute: arm64",
    "compute: {arch: amd64}",
    "compute: {type: xlarge}",
    "compute: {timeout_minutes: 9}",
    "compute: {timeout_minutes: 2161}",
    "compute: {type: lambda, timeout_minutes: 15}",
    "network: true",
    "network: {vpc: vpc-0a1b2c3d}",
    "network: {subnets: [subnet-0a1b2c3d]}",
    "network: {security_groups: [sg-0a1b2c3d]}",
    "network: {vpc: mine, subnets: [subnet-0a1b2c3d]}",
    "network: {vpc: vpc-0a1b2c3d, subnets: []}",
    "network: {vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-0a1b2c3d]}",
    "network: {proxy: 'http://user:password@proxy:3128'}",
    "network: {proxy: 'https://proxy:3128'}",
    "network: {proxy: 'http://proxy'}",
    "network: {proxy: 'proxy:3128'}",
    "network: {no_proxy: [a]}",
    "network: {proxy: 'http://proxy:3128', no_proxy: ['a b']}",
    "network: {ca_bundle: ''}",
    "watch: ~",
    "watch: {email: ops@example.com}",
    "watch: {email: [ops]}",
    "watch: {email: [a@example.com, a@example.com]}",
    "watch: {email: [a@example.com], topic: 'arn:aws:sns:eu-central-1:123456789012:ops'}",
    "watch: {topic: ops}",
    "watch: {no_success_hours: 169}",
    "watch: {no_success_hours: 0}",
    "watch: {stale_hours: 0}",
    "watch: {low_budget: -1}",
    "watch: {dashboard: full}",
    "parameters: /hub",
]

BEYOND_A_SCHEMA = [
    "private: {lifecycle: [{images: any, expire_after_days: 9}, {tags: a, keep_newest: 1}]}",
    "private: {lifecycle: [{images: any, expire_after_days: 9}, {images: any, archive_after_days: 9}]}",
    "private: false\nimages: [{name: maven, tags: [a], private: {}}]",
    "images: [{name: maven, tags: [a], private: {}}]",
    "images: [{name: maven, tags: [a], adopt: true, description: d}]",
    "images: [{name: maven, tags: [a], adopt: [public], public: {removal: destroy}}]",
    "images: [{name: maven, tags: [a], about: {file: no/such/file.md}}]",
    "pull_through_cache: {prefix: hub}",
    "docker_hub: {credentials_secret: hub}\npull_through_cache: {prefix: hub}",
    f"private: {{prefix: hub/x}}\n{CACHED}: {{prefix: hub}}",
    "images: ['maven:3', 'library/maven:4']",
    "images: [{name: maven, tags: [{regex: '('}]}]",
    "images: [{name: maven, tags: [{semver: newest}]}]",
    "images: [{name: a--b, tags: [a]}]",
    f"images: [{{name: maven, tags: [a, 'a@sha256:{HEX}']}}]",
    "images: [{name: maven, tags: [a], platforms: [linux/arm64, linux/arm64/v8]}]",
    "public: false\nimages: ['maven:3']",
    "private: false\ndefaults: {to: [private]}",
    "private: false\nrepositories: [app]",
    "defaults: {to: [private]}\nimages: ['maven:3']\nrepositories: [maven]",
    "repositories: [app, {name: app}]",
    "schedule: {cron: '0 3 * * * *'}",
    "schedule: {cron: '0 3 * * ? *', timezone: Mars/Olympus}",
    "schedule: [{name: base, rate: 1 hour}, {name: base, rate: 2 hours}]",
    "schedule: {rate: 1 hour, images: [mavne]}\nimages: ['maven:3']",
    "docker_hub: {kms_key: 'arn:aws:kms:eu-central-1:123456789012:key/a-1'}",
    "docker_hub: {create_secret: true, credentials_secret: 'arn:aws:secretsmanager:x-1:123456789012:secret:hub'}",
    "compute: {type: lambda}\nnetwork: {vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d]}",
    "network: {ca_bundle: there-is-no-such-file.pem}",
]


def document(body: str) -> str:
    return body if body.startswith("version:") else f"version: 1\n{body}"


def schema_accepts(text: str) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text)))


def reader_accepts(text: str) -> bool:
    try:
        reader.read_text(text, source="mirror.yaml")
    except ConfigError:
        return False
    return True


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside this one."""
    if isinstance(schema, dict):
        yield schema
        for member in schema.values():
            yield from parts(member)
    elif isinstance(schema, list):
        for member in schema:
            yield from parts(member)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_object_is_closed() -> None:
    objects = [part for part in parts(SCHEMA) if part.get("type") == "object"]

    assert len(objects) >= 8
    # Resource tags have keys of the person's own, so there it is a schema for their values.
    assert all(part.get("additionalProperties", True) is not True for part in objects)


def test_every_key_is_described() -> None:
    keys = [
        (key, value)
        for part in parts(SCHEMA)
        if isinstance(part.get("properties"), dict)
        for key, value in part["properties"].items()
    ]

    def described(schema: dict[str, Any]) -> bool:
        if "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
        inner = [branch for word in ("allOf", "anyOf") for branch in schema.get(word, ())]
        return "description" in schema or any(described(branch) for branch in inner)

    assert [key for key, value in keys if not described(value)] == []


@pytest.mark.parametrize("body", VALID)
def test_both_accept(body: str) -> None:
    assert (schema_accepts(document(body)), reader_accepts(document(body))) == (True, True)


@pytest.mark.parametrize("body", INVALID)
def test_both_refuse(body: str) -> None:
    assert (schema_accepts(document(body)), reader_accepts(document(body))) == (False, False)


@pytest.mark.parametrize("body", BEYOND_A_SCHEMA)
def test_only_the_reader_can_know(body: str) -> None:
    assert (schema_accepts(document(body)), reader_accepts(document(body))) == (True, False)


def test_the_shipped_file_is_valid() -> None:
    assert schema_accepts((ROOT / "mirror.yaml").read_text())


def test_words_and_limits_are_the_readers() -> None:
    image = SCHEMA["$defs"]["image"]["anyOf"][1]["properties"]
    selector = SCHEMA["$defs"]["selector"]["anyOf"][1]["properties"]

    assert set(SCHEMA["$defs"]["to"]["items"]["enum"]) == set(DestinationName)
    assert tuple(image["architectures"]["items"]["enum"]) == catalog.ARCHITECTURES
    assert tuple(image["operating_systems"]["items"]["enum"]) == catalog.OPERATING_SYSTEMS
    longest = {key: image[key]["anyOf"][0]["maxLength"] for key in ("description", "about", "usage")}
    assert longest["description"] == catalog.MAX_DESCRIPTION_CHARACTERS
    assert longest["about"] == longest["usage"] == catalog.MAX_TEXT_CHARACTERS
    assert tuple(SCHEMA["$defs"]["lifecycle"]["items"]["properties"])[2:] == tuple(ecr.LifecycleVerb)
    assert tuple(SCHEMA["$defs"]["removal"]["enum"]) == tuple(ecr.Removal)
    assert tuple(selector["order"]["enum"]) == tags.ORDERS
    assert selector["glob"]["pattern"] == f"^{tags.GLOB_PATTERN.pattern}$"
