"""A Celery application whose tasks leave cyclic garbage, as ORM sessions do. Broker and results are
folders, so that nothing but Celery is needed; CELERY_FOLDER says where."""
import os
import sys

from celery import Celery

FOLDER = os.environ.get("CELERY_FOLDER", "/tmp/heapdyno-celery")
for name in ("queue", "results"):
    os.makedirs(os.path.join(FOLDER, name), exist_ok=True)

app = Celery("tasks", broker="filesystem://", backend="file://" + os.path.join(FOLDER, "results"))
app.conf.broker_transport_options = {
    "data_folder_in": os.path.join(FOLDER, "queue"),
    "data_folder_out": os.path.join(FOLDER, "queue"),
}
app.conf.worker_hijack_root_logger = False

REFERENCE = [{"id": n, "tags": ["a%d" % n, "b%d" % n]} for n in range(40000)]


@app.task
def report(rows):
    session = {"rows": []}
    for row in REFERENCE[:rows]:
        session["rows"].append({"session": session, "row": dict(row)})
    return len(session["rows"])


if __name__ == "__main__":
    # The load: so many tasks, and their results.
    pending = [report.delay(2000) for _ in range(int(sys.argv[1]))]
    assert [task.get(timeout=60) for task in pending] == [2000] * len(pending)
    print("errors 0")
