"""A page that gives back what it is asked, without a policy: the scanner must notice. weak.py <port>"""
import http.server
import sys
import urllib.parse


class Weak(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        body = f"<!doctype html><html><head><title>Weak</title></head><body><a href='/page?q=abc'>more</a><div>{asked.get('q', [''])[0]}</div></body></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Weak).serve_forever()
