"""Lambda's rules as arithmetic, for traffic that this machine cannot hold.

Nothing here starts a process: arrivals, service times and INIT times go in; cold starts, latencies, throttles and
dollars come out. ``exact_model`` follows every request, ``cohort_model`` steps through a day by the second, and
``replay`` repeats what the lab recorded.
"""
