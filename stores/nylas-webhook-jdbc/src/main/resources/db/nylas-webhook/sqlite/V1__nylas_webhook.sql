-- The tables of nylas-webhook-jdbc in SQLite. docs/durability.md says what they mean. Instants that are
-- bigint are milliseconds since 1970-01-01T00:00Z.

-- Each accepted delivery, until its retention has ended. The columns before delivery_state are what
-- db-scheduler works with.
create table nylas_webhook_inbox (
  task_name            text        not null,
  task_instance        text        not null, -- a prefix and the SHA-256 of the delivery's id
  task_data            blob,                 -- the body as it was verified; null once the delivery is done
  execution_time       timestamp   not null,
  picked               boolean     not null,
  picked_by            text,
  last_success         timestamp,
  last_failure         timestamp,
  consecutive_failures integer,
  last_heartbeat       timestamp,
  version              bigint      not null,
  priority             smallint,
  delivery_state       text        not null, -- WAITING, DONE or DEAD
  delivery_format      smallint    not null, -- the version of what is stored
  delivery_id          text        not null,
  delivery_type        text        not null,
  gzip                 boolean     not null,
  received_at          bigint      not null,
  waiting_since        bigint      not null, -- accepted, or replayed
  attempts             integer     not null,
  waits                integer     not null,
  progress             text,                 -- JSON
  why                  text,                 -- of the last try that didn't end well; of a done one, why it wasn't routed
  died_at              bigint,
  primary key (task_name, task_instance)
);

create index nylas_webhook_inbox_due on nylas_webhook_inbox (execution_time);
create index nylas_webhook_inbox_heartbeat on nylas_webhook_inbox (last_heartbeat)
  where last_heartbeat is not null;
create index nylas_webhook_inbox_waiting on nylas_webhook_inbox (received_at)
  where delivery_state = 'WAITING';
create index nylas_webhook_inbox_dead on nylas_webhook_inbox (died_at, task_instance)
  where delivery_state = 'DEAD';

-- Who works on what, and what was done.
create table nylas_webhook_claim (
  claim_hash text    not null primary key, -- the SHA-256 of the key
  claim_key  text    not null,
  token      text    not null,
  completed  boolean not null,
  since      bigint  not null,
  ends       bigint  not null
);

create index nylas_webhook_claim_ends on nylas_webhook_claim (ends);

-- Tickets, for whoever wants them in a database.
create table nylas_webhook_ticket (
  ticket_id       integer primary key autoincrement,
  idempotency_key text        not null unique,
  grant_id        text        not null,
  message_id      text        not null,
  thread_id       text        not null,
  kind            text        not null,
  silent          boolean     not null, -- nothing may answer the sender
  category        text        not null,
  priority        text        not null,
  tags            text        not null, -- JSON, an array of strings
  route           text        not null, -- chosen by the rules; may be empty
  subject         text        not null,
  from_name       text        not null,
  from_email      text        not null,
  recipients      text        not null, -- JSON, an array of strings
  excerpt         text        not null,
  body            text        not null, -- as Nylas gives it, mostly HTML
  evidence        text        not null, -- JSON, an array of objects
  received_at     bigint      not null,
  created_at      text        not null default current_timestamp
);
