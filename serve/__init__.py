"""Serves the app on a machine of your own: ``make serve``.

A WSGI app keeps a thread busy for as long as it reads its request, so a few clients that send a byte now and then
could stop all threads. Here an event loop reads whole requests, within limits of time and size, and a thread is
taken only for what is complete.
"""
