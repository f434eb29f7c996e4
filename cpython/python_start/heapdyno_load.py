#!/usr/bin/env python3
"""Requests at a fixed rate, latency from when each was due: a server that pauses is not asked less.

    heapdyno_load.py URL [--rate 200] [--for 5] [--connections 8]

Nothing but the standard library, for when wrk, hey or locust is not at hand; good to about 1,500
requests a second. Prints what `heapdyno verify --load` reads. Exit 1 when nothing was answered.
"""
import argparse
import http.client
import socket
import threading
import time
import urllib.parse


class Client(threading.Thread):
    """One connection; takes every nth request of the schedule."""

    def __init__(self, url, schedule):
        super().__init__(daemon=True)
        self.url = url
        self.schedule = schedule
        self.connection = None
        self.latencies = []
        self.errors = 0

    def ask(self, connection):
        """One answer, whole."""
        path = (self.url.path or "/") + ("?" + self.url.query if self.url.query else "")
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response

    def ask_again(self):
        """The answer over the connection there is, or over a new one: servers close those that they
        have kept, some after each answer and without a word (uwsgi --http-socket)."""
        if self.connection is not None:
            try:
                return self.ask(self.connection)
            except ConnectionError:
                self.connection.close()
        self.connection = http.client.HTTPConnection(self.url.netloc, timeout=30)
        return self.ask(self.connection)

    def run(self):
        for due in self.schedule:
            delay = due - time.perf_counter()
            if delay > 0:
                time.sleep(delay)
            try:
                response = self.ask_again()
                self.errors += response.status >= 400
                if response.will_close:
                    self.connection.close()
                    self.connection = None
                self.latencies.append(time.perf_counter() - due)
            except (OSError, http.client.HTTPException):
                self.errors += 1
                self.connection = None


def wait_for(url, seconds):
    """Until somebody takes connections there, which is not measured."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((url.hostname, url.port or 80), 1).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                raise SystemExit("%s: %s" % (url.netloc, error))
            time.sleep(0.05)


def quantile(values, q):
    return values[min(len(values) - 1, int(q * len(values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--for", type=float, default=5.0, dest="seconds")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--wait", type=float, default=10.0, help="seconds for the server to start")
    options = parser.parse_args()
    url = urllib.parse.urlsplit(options.url)
    wait_for(url, options.wait)
    start = time.perf_counter() + 0.05
    dues = [start + i / options.rate for i in range(int(options.rate * options.seconds))]
    clients = [Client(url, dues[i::options.connections]) for i in range(options.connections)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    ran = time.perf_counter() - start
    latencies = sorted(latency for client in clients for latency in client.latencies)
    errors = sum(client.errors for client in clients)
    if not latencies:
        raise SystemExit("no request was answered, %d errors" % errors)
    print("throughput %.1f/s" % (len(latencies) / ran))
    for name, q in ("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0):
        print("%s %.3fms" % (name, quantile(latencies, q) * 1e3))
    print("errors %d" % errors)


if __name__ == "__main__":
    main()
