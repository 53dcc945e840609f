"""How fast the practice is, beside what its parts cost with nothing of ours on top. `python -m bench` measures it all.

Every module that measures offers one function, and `bench/runner.py` lists it:

    def figures(environment: Environment, rounds: int) -> list[Figure]

`Environment` (bench/environment.py) owns a throwaway PostgreSQL and Redis. `environment.practice(100_000)` is one with
every migration and that many appointments, made once and shared by all who ask; `environment.fresh(1_000, "race")` is
one of your own, to change as you like. `environment.serving(practice)` is gunicorn in front of it, and
`environment.acting(practice)` an application context in this process. `Figure`, `Goal`, `interleaved` and `ratios` are
in bench/figures.py.

A figure's values are one per round: a ratio of two sides measured in that same round, their order rotated by
`interleaved`, or a count. Never an absolute time: that goes into `samples`, to be read and not to be judged.
"""
