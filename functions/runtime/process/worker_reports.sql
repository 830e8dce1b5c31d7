-- name: report
-- Times by this server's clock: those of hosts differ.
INSERT INTO workers (id, function, host, pid, version, since, state, state_since, message, rss, pss, cpu,
                     pool_size, pool_used, pool_waiting, at, good_for)
VALUES (%(id)s, %(function)s, %(host)s, %(pid)s, %(version)s, now() - make_interval(secs => %(age)s), %(state)s,
        now() - make_interval(secs => %(state_age)s), %(message)s, %(rss)s, %(pss)s, %(cpu)s,
        %(pool_size)s, %(pool_used)s, %(pool_waiting)s, now(), make_interval(secs => %(good_for)s))
ON CONFLICT (id) DO UPDATE
SET state = excluded.state, state_since = excluded.state_since, message = excluded.message, rss = excluded.rss,
    pss = excluded.pss, cpu = excluded.cpu, pool_size = excluded.pool_size, pool_used = excluded.pool_used,
    pool_waiting = excluded.pool_waiting, at = excluded.at, good_for = excluded.good_for

-- name: forget_gone
DELETE FROM workers WHERE at + good_for < now() - interval '1 hour'

-- name: gone
-- Processes that have said nothing for so long that they are gone, and have not said that they end.
SELECT function, host, pid, version, since, state, state_since, message, rss, pss, at
FROM workers WHERE at + good_for < now() ORDER BY at

-- name: silent
SELECT id, at, extract(epoch FROM good_for)::float8 FROM workers WHERE at + good_for < now()

-- name: end_sessions_of
-- Named as `session_names.py` does. One that is at work here is left alone: its process may be there, and unable to report.
SELECT function, host, w.pid, count(pg_terminate_backend(a.pid))
FROM workers AS w
JOIN pg_stat_activity AS a ON starts_with(a.application_name, 'linernotes ' || w.pid || ' ' || left(w.id, 8) || ' ')
WHERE w.id = ANY(%(ids)s) AND w.at + w.good_for < now() AND a.usename = current_user AND a.wait_event_type = 'Client'
  AND a.state_change < now() - w.good_for
GROUP BY function, host, w.pid

-- name: end
DELETE FROM workers WHERE id = %(id)s

-- name: workers
SELECT function, host, pid, version, since, state, state_since, message, rss, pss, at
FROM workers WHERE at + good_for >= now() ORDER BY function, since, id
