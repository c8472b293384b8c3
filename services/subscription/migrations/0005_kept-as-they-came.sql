-- Where a message can be sent back to, and its headers as the broker carried them; null for what a worker ended.
ALTER TABLE undelivered ADD COLUMN queue text, ADD COLUMN message_headers json;

CREATE INDEX undelivered_of_no_subscription ON undelivered (account, received_at, id) WHERE subscription_id IS NULL;
