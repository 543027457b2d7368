"""EC2's metadata service for one request, on standard input and output: a token, the type, and the time in the head."""
import sys
from email.utils import formatdate

method = sys.stdin.readline().split(" ")[0]
while sys.stdin.readline().strip():
    pass
text = "token" if method == "PUT" else "g4dn.xlarge"
sys.stdout.write(f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\nContent-Length: {len(text)}\r\n"
                 f"Connection: close\r\n\r\n{text}")
