#!/usr/bin/env bash
# For docker-compose.yml, inside LocalStack: the queues, a dead-letter queue for each, and the bucket.
set -euo pipefail

queue_of() {
  awslocal sqs create-queue --queue-name "$1" --attributes "$2" --query QueueUrl --output text
}

for name in submission-confirmation-queue status-change-queue send-mail mail-receipts s3-notification-event-queue; do
  # Fourteen days, the longest there is: a parked message waits for a person.
  url=$(queue_of "dlq-$name" '{"MessageRetentionPeriod": "1209600"}')
  arn=$(awslocal sqs get-queue-attributes --queue-url "$url" --attribute-names QueueArn --query Attributes.QueueArn --output text)
  redrive="{\\\"deadLetterTargetArn\\\": \\\"$arn\\\", \\\"maxReceiveCount\\\": \\\"5\\\"}"
  queue_of "$name" "{\"VisibilityTimeout\": \"30\", \"RedrivePolicy\": \"$redrive\"}"
done
awslocal s3 mb s3://operations-jobs
