"""The raw payload: the whole queue message as it arrived, compressed so that every row can hold one.

An SES event is 1 to 2 KB of JSON that hardly varies. Deflate with a preset dictionary brings it to a few hundred bytes.
Texts that the row holds anyway, such as the subject, serve as a second dictionary. Together this brings the row to one
write unit. The first byte is the number of the dictionary: a dictionary in use is never changed, and a better one is
added under the next number.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from ses_stack.errors import CorruptRawError

# The texts that SES events consist of, the most frequent last: deflate refers to the end of a dictionary in fewer bits.
_DICTIONARY_1 = (
    b"smtp; 554 5.7.1 Message rejected due to content restrictionssmtp; 452 4.2.2 The email account is over quota"
    b"smtp; 421 4.7.0 Try again latersmtp; 421 4.4.1 Unable to connect to remote hostAmazon SES did not send the message "
    b"because the address is on the suppression list for your accountAmazon SES has suppressed sending to this address "
    b"because it has a recent history of bouncing as an invalid addressSuppressedOnAccountSuppressionListMailboxFull"
    b"MessageTooLargeContentRejectedAttachmentRejectedCustomTimeoutExceededUndeterminedTransientCommunicationFailure"
    b"RecipientServerErrorInternalFailureSpamDetectedIPFailure"
    b'"eventType":"Subscription","subscription":{"contactList":"","timestamp":"","source":"UnsubscribeHeader",'
    b'"newTopicPreferences":{"unsubscribeAll":true,"topicSubscriptionStatus":[{"topicName":"","subscriptionStatus":"OptOut"}]},'
    b'"oldTopicPreferences":{"unsubscribeAll":false,"topicSubscriptionStatus":[{"topicName":"","subscriptionStatus":"OptIn"}]}}'
    b'"eventType":"Rendering Failure","failure":{"templateName":"","errorMessage":"Attribute \'\' is not present in the '
    b'rendering data."}"eventType":"Reject","reject":{"reason":"Bad content"}'
    b'"eventType":"DeliveryDelay","deliveryDelay":{"timestamp":"","delayType":"General","expirationTime":"",'
    b'"reportingMTA":"","delayedRecipients":[{"emailAddress":"","status":"4.4.1","diagnosticCode":"smtp; 4'
    b'"eventType":"Complaint","complaint":{"feedbackId":"","complaintSubType":null,"complainedRecipients":'
    b'[{"emailAddress":""}],"timestamp":"","userAgent":"","complaintFeedbackType":"abuse","arrivalDate":""}'
    b'"eventType":"Bounce","bounce":{"feedbackId":"","bounceType":"Transient","bounceSubType":"Permanent","bounceSubType":'
    b'"General","bouncedRecipients":[{"emailAddress":"","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 '
    b'5.1.1 user unknown"}],"timestamp":"","reportingMTA":"dns; a8-50.smtp-out.amazonses.com"}'
    b"smtp; 550 5.5.0 Requested action not taken: mailbox unavailable"
    b"smtp; 552 1 Requested mail action aborted, mailbox not found"
    b"smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the "
    b"recipient's email address for typos or unnecessary spaces. For more information, go to "
    b"https://support.google.com/mail/?p=NoSuchUsersmtp; 550 5.1.1 <>: Recipient address rejected: User unknown"
    b"YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
    b"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"
    b"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) "
    b"AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
    b"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    b"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
    b'"eventType":"Click","click":{"timestamp":"","ipAddress":"","userAgent":"","link":"https://www.example.com/",'
    b'"linkTags":null,"linkTags":{"":[""]},"isBotEvent":"Unlikely"}"isBotEvent":"Likely"'
    b'"eventType":"Open","open":{"timestamp":"","userAgent":"Mozilla/5.0 ","ipAddress":""}'
    b'"eventType":"Delivery","delivery":{"timestamp":"","processingTimeMillis":1234,"recipients":[""],"smtpResponse":'
    b'"250 ok dirdel250 2.0.0 Ok: queued as 250 2.6.0 <> [InternalId=, Hostname=.PROD.OUTLOOK.COM] bytes in 0., '
    b'KB/sec Queued mail for delivery","smtpResponse":"250 2.0.0 OK  1234567890 - gsmtp","remoteMtaIp":"","reportingMTA":"a8-50.smtp-out.amazonses.com"}'
    b'"eventType":"Send","send":{}'
    b'"transactional"],"marketing"],"campaign":["priority":["ses-stack-default"],"ses-stack-marketing"],'
    b'"ses-stack-transactional"],@gmail.com@outlook.com@hotmail.com@yahoo.com@icloud.com@example.com'
    b'{"version":"0","id":"","detail-type":"Email Rendering Failed","detail-type":"Email Subscribed",'
    b'"detail-type":"Email Rejected","detail-type":"Email Complaint Received","detail-type":"Email Delivery Delayed",'
    b'"detail-type":"Email Bounced","detail-type":"Email Clicked","detail-type":"Email Opened",'
    b'"detail-type":"Email Sent","detail-type":"Email Delivered","source":"ses.simulator","source":"aws.ses",'
    b'"account":"","time":"2026-11-24T06:00:00Z","region":"ap-southeast-2","region":"eu-central-1","region":"eu-west-1",'
    b'"region":"us-west-2","region":"us-east-1","resources":["arn:aws:ses:us-east-1::configuration-set/"],'
    b'"detail":{"eventType":"","mail":{"timestamp":"2026-11-24T06:00:00.000Z","source":"","sourceArn":'
    b'"arn:aws:ses:us-east-1:000000000000:identity/","sendingAccountId":"","messageId":"0100019","destination":[""],'
    b'"headersTruncated":false,"headers":[{"name":"Date","value":"Tue, 24 Nov 2026 06:00:00 +0000"},'
    b'{"name":"X-SES-CONFIGURATION-SET","value":""},{"name":"X-SES-MESSAGE-TAGS","value":""},{"name":"Reply-To","value":""},'
    b'{"name":"List-Unsubscribe","value":"<https://"},{"name":"List-Unsubscribe-Post","value":"List-Unsubscribe=One-Click"},'
    b'{"name":"Message-ID","value":"<"},{"name":"From","value":""},{"name":"To","value":""},{"name":"Subject","value":""},'
    b'{"name":"MIME-Version","value":"1.0"},{"name":"Content-Type","value":"text/html; charset=UTF-8"},'
    b'{"name":"Content-Type","value":"multipart/mixed; boundary=\\"{"name":"Content-Type","value":"multipart/alternative; '
    b'boundary=\\"----=_Part_"},{"name":"Content-Transfer-Encoding","value":"7bit"}],"commonHeaders":{"from":[""],'
    b'"replyTo":[""],"date":"","to":[""],"messageId":"","subject":""},"tags":{"ses:source-tls-version":["TLSv1.3"],'
    b'"ses:operation":["SendEmail"],"ses:recipient-isp":["Gmail"],"ses:configuration-set":[""],"ses:source-ip":[""],'
    b'"ses:from-domain":["example.com"],"ses:caller-identity":[""],"ses:outgoing-ip":[""],"request_id":[""]}},"'
)

_DICTIONARIES = {1: _DICTIONARY_1}
_CURRENT = 1
_MAX_PAYLOAD_BYTES = 4 * 1024 * 1024
_CHECKSUM_BYTES = 4
# Copying a compressor that has read the dictionary takes a third of the time of making one. A 16 KB window holds the
# dictionary and a usual event; small tables (memory level 6) are filled and freed faster.
_COMPRESSOR = zlib.compressobj(3, zlib.DEFLATED, -14, 6, zdict=_DICTIONARIES[_CURRENT])


def pack(payload: str, shared: Iterable[str | None] = ()) -> bytes:
    """The payload, compressed: the dictionary's number, a checksum, and a deflate stream.

    `shared` are texts that are stored beside the payload and are probably in it, such as a subject: they then take
    almost no bytes, and `unpack` needs the same texts. A payload that is not valid Unicode (a lone surrogate) is kept.
    """
    deflate = _COMPRESSOR.copy()
    if prefix := _prefix(shared):
        # The stream after a flush may refer to the text before the flush. Only the stream after it is stored.
        deflate.compress(prefix)
        deflate.flush(zlib.Z_SYNC_FLUSH)
    text = payload.encode("utf-8", "surrogatepass")
    checksum = zlib.crc32(text).to_bytes(_CHECKSUM_BYTES)
    return bytes([_CURRENT]) + checksum + deflate.compress(text) + deflate.flush()


def unpack(packed: bytes, shared: Iterable[str | None] = ()) -> str:
    """The payload that was packed with the same `shared`. Raises `CorruptRawError`."""
    if not packed or packed[0] not in _DICTIONARIES:
        raise CorruptRawError("raw payload: packed with a dictionary that this version does not know")
    checksum, stream = packed[1 : 1 + _CHECKSUM_BYTES], packed[1 + _CHECKSUM_BYTES :]
    inflate = zlib.decompressobj(wbits=-15, zdict=_DICTIONARIES[packed[0]] + _prefix(shared))
    try:
        text = inflate.decompress(stream, _MAX_PAYLOAD_BYTES)
    except zlib.error as error:
        raise CorruptRawError("raw payload: not a deflate stream") from error
    if not inflate.eof:
        raise CorruptRawError("raw payload: cut short")
    if zlib.crc32(text).to_bytes(_CHECKSUM_BYTES) != checksum:
        raise CorruptRawError("raw payload: the checksum does not match the payload or the texts stored beside it")
    return text.decode("utf-8", "surrogatepass")


def _prefix(shared: Iterable[str | None]) -> bytes:
    return "\n".join(filter(None, shared)).encode("utf-8", "surrogatepass")
