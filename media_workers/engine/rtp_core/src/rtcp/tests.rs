//! Tests of RTCP packets: written and read again, and bytes that are none

use super::*;

const BLOCK: ReportBlock = ReportBlock {
    ssrc: 7,
    fraction_lost: 12,
    lost: -3,
    highest_seq: 0x1_0002,
    jitter: 40,
    last_sr: 99,
    delay_since_sr: 5,
};

fn full(bye: bool) -> (Vec<u8>, usize) {
    let sender = SenderInfo {
        ntp: NtpTime(0x1122_3344_5566_7788),
        rtp_ts: 160,
        packets: 2,
        bytes: 320,
    };
    let report = Report {
        ssrc: 42,
        sender: Some(sender),
        block: Some(BLOCK),
        extended: Extended::default(),
        cname: "abc",
        bye,
    };
    let mut out = [0; MAX_RTCP];
    let len = write(&report, &mut out);
    (out[..len].to_vec(), len)
}

#[test]
fn what_is_written_reads_back() {
    let (bytes, len) = full(true);
    assert_eq!(len % 4, 0);
    let heard = read(&bytes, 7).unwrap();
    assert_eq!(heard.ssrc, 42);
    assert_eq!(heard.sender_ntp, Some(NtpTime(0x1122_3344_5566_7788)));
    assert_eq!(heard.about_us, Some(BLOCK));
    assert!(heard.bye);
    assert_eq!(read(&bytes, 8).unwrap().about_us, None);
}

#[test]
fn the_longest_report_fits() {
    let name = "n".repeat(200);
    let sender = SenderInfo {
        ntp: NtpTime(1),
        rtp_ts: 0,
        packets: 0,
        bytes: 0,
    };
    let extended = Extended {
        reference_time: Some(NtpTime(1)),
        answer: Some(crate::rtcp::xr::Answer {
            ssrc: 7,
            last_reference: 1,
            delay: 1,
        }),
        voip: Some(crate::rtcp::xr::METRICS),
    };
    let report = Report {
        ssrc: 1,
        sender: Some(sender),
        block: Some(BLOCK),
        extended,
        cname: &name,
        bye: true,
    };
    let mut out = [0; MAX_RTCP];
    let len = write(&report, &mut out);
    let heard = read(&out[..len], 7).unwrap();
    assert!(heard.bye && heard.extended == extended);
}

#[test]
fn every_truncation_is_refused_or_a_whole_shorter_compound() {
    let (bytes, len) = full(true);
    for end in 0..len {
        if let Some(heard) = read(&bytes[..end], 7) {
            assert!(!heard.bye, "{end}");
        }
    }
}

#[test]
fn a_compound_must_begin_with_a_report_and_be_version_two() {
    assert_eq!(read(&[0x81, SDES, 0, 1, 0, 0, 0, 1], 1), None);
    assert_eq!(read(&[0x40, RECEIVER_REPORT, 0, 1, 0, 0, 0, 1], 1), None);
    assert_eq!(read(&[0x81, RECEIVER_REPORT, 0, 1, 0, 0, 0, 1], 1), None);
    assert_eq!(read(&[], 1), None);
}

#[test]
fn a_bye_counts_only_for_who_sent_the_report() {
    let bytes = [
        0x80,
        RECEIVER_REPORT,
        0,
        1,
        0,
        0,
        0,
        9,
        0x81,
        BYE,
        0,
        1,
        0,
        0,
        0,
        8,
    ];
    assert!(!read(&bytes, 1).unwrap().bye);
}

#[test]
fn round_trip_is_now_less_report_less_delay() {
    let sent = NtpTime(100 << 32).middle();
    let now = NtpTime((100 << 32) | (3 << 30)); // 750 ms later
    assert_eq!(round_trip_us(sent, 1 << 15, now), Some(250_000));
    assert_eq!(round_trip_us(0, 1 << 15, now), None);
    assert_eq!(round_trip_us(sent, 1 << 17, now), None);
}

#[test]
fn delay_is_in_65536ths() {
    assert_eq!(delay_since(Moment(0), Moment(500_000)), 32768);
}
