# Latencies of a link as they were observed, one a line.
2ms
1.5ms

4ms   # the slowest
2ms
