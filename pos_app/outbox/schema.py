"""The tables, as the migrations that make them.

`MIGRATIONS[n]` takes a file from version n to n + 1, in one transaction, in plain SQL that stands alone: a
published step is never changed, only followed by another. Times are whole milliseconds UTC. The functions that a
step calls are `seals.teach`'s, which never change either.

How the queue stays fast however long it is: only an entry that may be tried has a `due_at`, so the partial
index `outbox_due` holds the first open entry of each lane and nothing else. `due_at` is NULL while an entry
waits behind another of its lane, while it is being sent or looked up, and for ever after it is settled.
"""

from __future__ import annotations

_QUEUE = """
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ref TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    sale TEXT NOT NULL,
    body TEXT NOT NULL,
    amount_minor INTEGER NOT NULL DEFAULT 0,
    rank INTEGER NOT NULL,                    -- 0 a person waits for it, 1 urgent, 2 the rest
    presses INTEGER NOT NULL,                 -- 1: refused rather than kept when it cannot be sent
    state TEXT NOT NULL
        CHECK (state IN ('waiting', 'sending', 'checking', 'done', 'refused', 'attention')),
    made_at INTEGER NOT NULL,
    sent_at INTEGER,
    due_at INTEGER,
    lost_at INTEGER,                          -- when its answer was given up; the quiet time counts from here
    settled_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    looks INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,          -- sends that were left without an answer
    problem TEXT NOT NULL DEFAULT '',
    said TEXT NOT NULL DEFAULT '',
    answer TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX outbox_due ON outbox (state, rank, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_lane ON outbox (lane, state, id);
CREATE INDEX outbox_pressing ON outbox (lane) WHERE presses = 1 AND state = 'waiting';
CREATE INDEX outbox_state ON outbox (state, id);
CREATE INDEX outbox_sale ON outbox (sale, id);
CREATE INDEX outbox_backlog ON outbox (state, made_at, amount_minor) WHERE state NOT IN ('done', 'refused');

CREATE TABLE holds (
    entry_id INTEGER PRIMARY KEY REFERENCES outbox (id),
    voucher_id INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    sale TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX holds_voucher ON holds (voucher_id);

CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    what TEXT NOT NULL,
    ref TEXT NOT NULL,
    facts TEXT NOT NULL
) STRICT;
CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_words BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""

_ANSWERS_AND_SALES = """
CREATE TABLE facts (
    key TEXT PRIMARY KEY,
    family TEXT NOT NULL,                     -- what stands before the first colon; '' is never dropped
    value TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_age ON facts (family, at);

CREATE TABLE sales (
    ref TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX sales_at ON sales (at);
"""

_ON_TRUST = """
CREATE INDEX outbox_on_trust ON outbox (state, amount_minor)
    WHERE kind = 'redeem_voucher' AND state NOT IN ('done', 'refused');
"""

_PEOPLE = """
CREATE TABLE people (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    role TEXT NOT NULL CHECK (role IN ('cashier', 'supervisor', 'deployer')),
    pin TEXT NOT NULL,                        -- argon2id of the PIN keyed with the pepper
    badge TEXT UNIQUE,                        -- HMAC-SHA256 of the badge with the pepper; NULL: none
    pepper TEXT NOT NULL,                     -- which pepper that was: a few bytes of its own HMAC
    wrong INTEGER NOT NULL DEFAULT 0          -- wrong PINs in a row; the wait follows from it
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_ref ON journal (ref, id) WHERE ref <> '';
"""

_SEALS_AND_CHAIN = """
ALTER TABLE outbox ADD COLUMN seal TEXT NOT NULL DEFAULT '';
UPDATE outbox SET seal = seal(ref, kind, body, amount_minor);

DROP TRIGGER journal_keeps_words;
ALTER TABLE journal ADD COLUMN digest TEXT NOT NULL DEFAULT '';
WITH RECURSIVE chain (id, digest) AS (
    SELECT 0, ''
    UNION ALL
    SELECT j.id, link(chain.digest, j.id, j.at, line_text(j.person, j.what, j.ref, j.facts))
    FROM chain JOIN journal j ON j.id = (SELECT min(id) FROM journal WHERE id > chain.id)
)
UPDATE journal SET digest = chain.digest FROM chain WHERE chain.id = journal.id;
CREATE TRIGGER journal_keeps_words BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE meta (                           -- what the file knows of itself
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta SELECT 'journal_head', id || ' ' || digest FROM journal ORDER BY id DESC LIMIT 1;
"""

_FINDING_SALES = """
CREATE INDEX sales_customer ON sales (iif(json_valid(body), json_extract(body, '$.identifier'), NULL), at);
CREATE INDEX sales_short ON sales (substr(ref, -4), at);
"""

# A shift is told by numbers, not by times: a clock that is set back moves no sale into another shift.
_SHIFTS = """
CREATE TABLE shifts (
    number INTEGER PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    opened_by TEXT NOT NULL,
    since INTEGER NOT NULL,                   -- when what it covers begins: the end of the last one, or its opening
    opened_entry INTEGER NOT NULL,            -- the last entry before it was opened
    after_entry INTEGER NOT NULL,             -- it covers the entries after this one, and the journal after that line
    after_line INTEGER NOT NULL,
    closed_at INTEGER,
    closed_by TEXT NOT NULL DEFAULT '',
    last_entry INTEGER,
    last_line INTEGER,
    report TEXT NOT NULL DEFAULT '',          -- the Z report as it was, JSON; its digest stands in the journal
    CHECK ((closed_at IS NULL) = (last_entry IS NULL) AND (closed_at IS NULL) = (report = ''))
) STRICT;
CREATE UNIQUE INDEX shifts_one_open ON shifts (closed_at IS NULL) WHERE closed_at IS NULL;
CREATE TRIGGER shifts_keep_rows BEFORE DELETE ON shifts
    BEGIN SELECT RAISE(ABORT, 'shifts are kept'); END;
CREATE TRIGGER shifts_keep_reports BEFORE UPDATE ON shifts WHEN old.closed_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a closed shift is never changed'); END;
CREATE INDEX outbox_made ON outbox (made_at);
CREATE INDEX journal_at ON journal (at);
"""

# What a command has bound at Perx, until another brings it to an end: nothing older bound anything of the kind.
_TIES = """
CREATE TABLE ties (
    ref TEXT PRIMARY KEY,
    entry_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

MIGRATIONS: tuple[str, ...] = (
    _QUEUE,
    _ANSWERS_AND_SALES,
    _ON_TRUST,
    _PEOPLE,
    _SEALS_AND_CHAIN,
    _FINDING_SALES,
    _SHIFTS,
    _TIES,
)

SEALED_FROM = 1 + MIGRATIONS.index(_SEALS_AND_CHAIN)
"""The version from which on a file has seals, a chained journal and the table meta."""
