-- Conversations, the order of deliveries, and follow-ups of tickets, for the tables of version 1.
-- Nodes of that version go on working with these. docs/durability.md says what they mean.

-- The place of a delivery among those that belong together. Kept until it is done.
alter table nylas_webhook_inbox
  add column sequence_hash char(64) character set ascii collate ascii_bin, -- the SHA-256 of the key
  add column sequence_key  longtext character set utf8mb4 collate utf8mb4_bin,
  add column sequence_at   bigint;

create index nylas_webhook_inbox_sequence on nylas_webhook_inbox (sequence_hash, sequence_at);

-- What is known of each conversation, until its retention has ended.
create table nylas_webhook_conversation (
  conversation_hash char(64) character set ascii collate ascii_bin not null primary key, -- the SHA-256 of its id
  document          longtext character set utf8mb4 collate utf8mb4_bin not null, -- JSON
  saved             bigint not null, -- the higher, the later
  ends              bigint not null,
  index nylas_webhook_conversation_ends (ends)
) engine = InnoDB;

-- By what it is found.
create table nylas_webhook_conversation_key (
  key_hash          char(64) character set ascii collate ascii_bin not null, -- the SHA-256 of the key
  conversation_hash char(64) character set ascii collate ascii_bin not null,
  primary key (key_hash, conversation_hash),
  index nylas_webhook_conversation_key_of (conversation_hash)
) engine = InnoDB;

-- A further mail of a ticket is a row of its own.
alter table nylas_webhook_ticket
  add column follow_up_to bigint,                  -- the ticket's ticket_id, null for a ticket
  add column note         boolean not null default false, -- only the team is to see it
  add column mail_text    longtext;                -- plain, without quotations, null in rows of version 1

create index nylas_webhook_ticket_follow_up on nylas_webhook_ticket (follow_up_to);

-- Of which version the tables are.
create table nylas_webhook_version (
  version integer not null primary key
) engine = InnoDB;

insert into nylas_webhook_version (version) values (2);
