-- Replace <BUCKET> with your bucket (the output CdrBucketName). Partitions are not loaded: Athena
-- computes them from account and day, so every query names the account.
CREATE EXTERNAL TABLE cdrs (
  call_id string, ended_at string, call_direction string, caller_id_number string,
  caller_id_name string, callee_id_number string, callee_id_name string, `from` string, `to` string,
  request string, hangup_cause string, hangup_code string, duration_seconds int,
  billing_seconds int, ringing_seconds int, destination string, rate_prefix string,
  billed_seconds int, cost bigint, currency string, owner_id string, authorizing_id string,
  other_leg_call_id string, bridge_id string, interaction_id string, recording_url string
)
PARTITIONED BY (account string, day string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://<BUCKET>/json/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'injected',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2026-01-01,NOW',
  'storage.location.template' = 's3://<BUCKET>/json/account=${account}/day=${day}/'
);
