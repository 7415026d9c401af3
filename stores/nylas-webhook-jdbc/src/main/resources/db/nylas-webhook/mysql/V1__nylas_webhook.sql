-- The tables of nylas-webhook-jdbc in MySQL. docs/durability.md says what they mean. Instants that are
-- bigint are milliseconds since 1970-01-01T00:00Z.

-- Each accepted delivery, until its retention has ended. The columns before delivery_state are what
-- db-scheduler works with.
create table nylas_webhook_inbox (
  task_name            varchar(100) character set ascii collate ascii_bin not null,
  task_instance        varchar(100) character set ascii collate ascii_bin not null, -- a prefix and the SHA-256 of the delivery's id
  task_data            longblob,                 -- the body as it was verified; null once the delivery is done
  execution_time       datetime(6)   not null,   -- UTC, as the others
  picked               boolean       not null,
  picked_by            varchar(50),
  last_success         datetime(6),
  last_failure         datetime(6),
  consecutive_failures integer,
  last_heartbeat       datetime(6),
  version              bigint        not null,
  priority             smallint,
  delivery_state       varchar(10) character set ascii collate ascii_bin not null, -- WAITING, DONE or DEAD
  delivery_format      smallint      not null,   -- the version of what is stored
  delivery_id          varchar(1000) character set utf8mb4 collate utf8mb4_bin not null,
  delivery_type        varchar(200)  character set utf8mb4 collate utf8mb4_bin not null,
  gzip                 boolean       not null,
  received_at          bigint        not null,
  waiting_since        bigint        not null,   -- accepted, or replayed
  attempts             integer       not null,
  waits                integer       not null,
  progress             longtext character set utf8mb4 collate utf8mb4_bin, -- JSON
  why                  longtext character set utf8mb4 collate utf8mb4_bin, -- of the last try that didn't end well; of a done one, why it wasn't routed
  died_at              bigint,
  primary key (task_name, task_instance),
  index nylas_webhook_inbox_due (execution_time),
  index nylas_webhook_inbox_heartbeat (last_heartbeat),
  index nylas_webhook_inbox_waiting (delivery_state, received_at),
  index nylas_webhook_inbox_dead (died_at, task_instance)
) engine = InnoDB;

-- Who works on what, and what was done.
create table nylas_webhook_claim (
  claim_hash char(64) character set ascii collate ascii_bin not null primary key, -- the SHA-256 of the key
  claim_key  longtext character set utf8mb4 collate utf8mb4_bin not null,
  token      varchar(64) character set ascii collate ascii_bin not null,
  completed  boolean not null,
  since      bigint  not null,
  ends       bigint  not null,
  index nylas_webhook_claim_ends (ends)
) engine = InnoDB;

-- Tickets, for whoever wants them in a database.
create table nylas_webhook_ticket (
  ticket_id       bigint      not null auto_increment primary key,
  idempotency_key char(64) character set ascii collate ascii_bin not null unique,
  grant_id        text        not null,
  message_id      text        not null,
  thread_id       text        not null,
  kind            text        not null,
  silent          boolean     not null, -- nothing may answer the sender
  category        text        not null,
  priority        text        not null,
  tags            longtext    not null, -- JSON, an array of strings
  route           text        not null, -- chosen by the rules; may be empty
  subject         longtext    not null,
  from_name       longtext    not null,
  from_email      longtext    not null,
  recipients      longtext    not null, -- JSON, an array of strings
  excerpt         longtext    not null,
  body            longtext    not null, -- as Nylas gives it, mostly HTML
  evidence        longtext    not null, -- JSON, an array of objects
  received_at     bigint      not null,
  created_at      datetime(6) not null default current_timestamp(6)
) engine = InnoDB character set utf8mb4 collate utf8mb4_bin;
