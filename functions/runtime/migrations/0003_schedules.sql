-- When each schedule is due next. A time that has passed says that its run was missed, or did not succeed.
CREATE TABLE schedules (
    name    text PRIMARY KEY,
    due     timestamptz NOT NULL,
    done_at timestamptz             -- when it last succeeded
);
