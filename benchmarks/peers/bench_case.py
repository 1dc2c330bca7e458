"""bench_case.py: a case of cases.json by one of Tapegrad's benchmark programs, as a worker of
compare_peers (see worker.py). Each turn is a run of the program, which compares its derivatives with
finite differences and then times its own cases.

Usage: bench_case.py DESCRIPTION, a JSON object: the case, whose "program" has results for the case
"bench" with the metric "metric", with "threads", "folder", where programs are, and "version".
"""
import json
import resource
import subprocess
import sys

CASE = json.loads(sys.argv[1])


def run(quick):
    """The program's results for this case: a value for each metric."""
    command = [f"{CASE['folder']}/bench_{CASE['program']}", "--case", CASE["bench"],
               "--threads", str(CASE["threads"])]
    result = subprocess.run(command + ["--quick"] * quick, stdout=subprocess.PIPE, check=True)
    lines = map(json.loads, result.stdout.splitlines())
    return {line["metric"]: line["value"] for line in lines if line["case"] == CASE["bench"]}


def main():
    metric, scale = CASE["metric"], CASE.get("scale", 1)
    found = run(True)
    # The first step: what a plan takes, and one run of it.
    plan = found.get(metric.replace("_us", "_plan_us"), 0)
    first = 1e-6 * (plan + scale * found[metric])
    print(f"ready version={CASE['version']} first_s={first:.4f}", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["go"]:
            # Short turns (--quick, or to warm up) are no measurements.
            print(f"us={scale * run(float(words[1]) < 0.2)[metric]:.4f} runs=1", flush=True)
        elif words[:1] == ["rss"]:
            used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            print(f"rss_mb={used / 1024:.1f}", flush=True)
        else:
            break


main()
