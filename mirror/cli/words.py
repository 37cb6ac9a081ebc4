"""What `--help` says, command by command. The README repeats it, and a test keeps the two equal."""

DESCRIPTION = "Mirrors Docker Hub images into Amazon ECR and ECR Public, or into any OCI registries."

EPILOG = """\
examples:
  python3 -m mirror plan                       what is to be done, and what it would cost in pulls
  python3 -m mirror sync                       do it, as the build does
  python3 -m mirror sync --image maven:3.9     only this one, right now
  python3 -m mirror sync --public http://localhost:5000 --image alpine:3.22
                                               into a registry on this machine, without AWS
  python3 -m mirror COMMAND --help             a command's options, defaults and examples

exit codes:
  0    all done; what was deferred to a later run counts as done, unless --fail-on-deferred
  1    something failed: the last lines say what, and what to do
  2    the configuration, an option or a variable is not usable; nothing was begun
  3    no usable credentials
  130  stopped by Ctrl-C; 143: by SIGTERM, as when a build is stopped

environment variables (an option that says the same comes first):
  MIRROR_IMAGES                only these references, separated by commas or newlines
  MIRROR_SCOPE                 only images whose names match these globs: what a schedule passes
  MIRROR_DRY_RUN               true: as `plan`, whatever the command
  MIRROR_DOCTOR                true: before the run, what `doctor` checks
  MIRROR_SOURCE                URL of a registry in Docker Hub's place
  MIRROR_DEADLINE_SECONDS      stop cleanly after so many seconds; the rest is deferred
  MIRROR_REPORT_DIR            as --report-dir
  MIRROR_REPORT_BUCKET         the bucket for reports and the status page
  MIRROR_STEP                  what one machine of a divided run does: the buildspec reads it
  MIRROR_BATCH                 what those machines have in common (default: CodeBuild's batch)
  MIRROR_YIELD                 true: `divide` does nothing while another such run is at work
  MIRROR_METRICS               write metrics to CloudWatch, under this name
  MIRROR_DOCKER_HUB_USERNAME   Docker Hub's user name, instead of the secret that mirror.yaml names
  MIRROR_DOCKER_HUB_TOKEN      its access token; a read-only one is enough
  NO_COLOR, TERM=dumb          no colours; no live view
AWS's own (AWS_PROFILE, AWS_REGION, …) and HTTPS_PROXY, NO_PROXY are respected."""

PLAN = """\
What a run would do: HEADs at the source, questions to the destinations. Spends no pull and changes nothing.
"""
PLAN_EXAMPLES = """\
examples:
  python3 -m mirror plan --explain             why each tag is in or out
  python3 -m mirror plan --cost                storage, transfer and build minutes a month
  python3 -m mirror plan --json > plan.json    for another program
"""
SYNC = """\
Copies what is missing or has moved, to every destination, and reports it. May be stopped and started again at any time.
"""
SYNC_EXAMPLES = """\
examples:
  python3 -m mirror sync --image maven:3.9 --image redis:8
  python3 -m mirror sync --report-dir reports  also write the status page, JSON, Markdown and JUnit
  python3 -m mirror sync --private https://registry.example.com/mirror
                                               there instead of ECR, and nowhere else
"""
DIVIDE = """\
Plans a run that several machines are to do at once, and writes down who takes which images and how many pulls. Spends
none, and changes nothing. All steps of such a batch meet in MIRROR_REPORT_BUCKET, or in a directory that all see.
"""
BATCH_EXAMPLES = """\
examples:
  python3 -m mirror divide --shards 4          first, on one machine
  python3 -m mirror shard 2/4                  then, on the second of four
  python3 -m mirror combine --shards 4         at the end: one report of all
"""
SHARD = """\
Does one machine's part of a divided run, and leaves a report of it. What fails is told by combine: the exit code is 0
when there is a report for it.
"""
COMBINE = "Makes one report of what the machines left. A part that is not there is a failure of its images."
PRUNE = "Without --apply nothing is removed: what would go is shown."
PRUNE_EXAMPLES = """\
examples:
  python3 -m mirror prune --plan plan.json     look, and write down what would go
  python3 -m mirror prune --apply plan.json    remove what the file says, as far as it still holds
"""
DOCTOR = """\
Checks credentials, Docker Hub's pull budget, registries, repositories, permissions and the clock, and says of each what
to do. Changes nothing and spends no pull. In a build: MIRROR_DOCTOR=true.
"""
DOCTOR_EXAMPLES = """\
examples:
  python3 -m mirror doctor                     as you, on this machine, with your AWS credentials
  python3 -m mirror doctor --public http://localhost:5000
                                               of Docker Hub and that registry only, without AWS
"""
CONFIG = "Checks the file, and prints what it comes to with every default filled in, as mirror.json."
CONFIG_EXAMPLES = """\
examples:
  python3 -m mirror config > mirror.json       what a build is given
  python3 -m mirror sync --config mirror.json  and can do without a YAML library
"""
