"""Lambda's rules as arithmetic, for traffic this machine cannot hold.

Nothing here starts a process: arrivals, service times and INIT times go in, cold starts, latencies,
refusals and dollars come out. ``exact`` follows every request, ``cohort`` steps through a day second
by second, ``replay`` repeats what the lab recorded.
"""
