// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title Numbers read out of a policy document on chain
/// @notice A policy is canonical JSON (docs/protocol.md section 3): keys sorted, no white space, so each field has one place and
/// one form. The caller gives the text in two parts around one number; the hash proves that both are the policy's.
library PolicyText {
    /// @notice The beacon's clock: seconds.
    struct BeaconClock {
        uint256 genesis;
        uint256 leadSeconds;
        uint256 periodSeconds;
    }

    /// @dev A quotation mark within a JSON string is escaped, so this can't stand in a string; and no other object has the key.
    bytes private constant AUDITS = '{"auditsPerNodePerDay":';

    /// @notice The text isn't that of the policy.
    error WrongPolicyText(bytes32 expected, bytes32 given);
    /// @notice The part after the number begins with `found`, so the number goes on or the text is another.
    error NumberNotEnded(bytes1 found);
    /// @notice At this byte the policy's first part isn't what a policy's beacon looks like, or names another key or scheme.
    error OtherBeacon(uint256 offset);

    /// @notice Refuses unless the policy with `policyHash` says `"auditsPerNodePerDay":audits` between these two parts.
    function requireAudits(bytes calldata prefix, uint32 audits, bytes calldata suffix, bytes32 policyHash)
        internal
        pure
    {
        // without this a part of the digits would do: 86 of 8640, with 40 at the head of the suffix
        bytes1 next = suffix.length == 0 ? bytes1(0) : suffix[0];
        if (next != "," && next != "}") revert NumberNotEnded(next);
        bytes32 given = sha256(bytes.concat(prefix, AUDITS, bytes(Strings.toString(audits)), suffix));
        if (given != policyHash) revert WrongPolicyText(policyHash, given);
    }

    /// @notice The clock of the policy's beacon, which must have the key and scheme that `tail` ends the object with. The beacon
    /// is the first field of a policy, and all that is before its key are integers.
    function beaconClock(bytes calldata prefix, bytes memory tail) internal pure returns (BeaconClock memory clock) {
        uint256 pos = _literal(prefix, 0, '{"beacon":{"freshnessRounds":');
        (, pos) = _integer(prefix, pos);
        pos = _literal(prefix, pos, ',"genesis":');
        (clock.genesis, pos) = _integer(prefix, pos);
        pos = _literal(prefix, pos, ',"leadSeconds":');
        (clock.leadSeconds, pos) = _integer(prefix, pos);
        pos = _literal(prefix, pos, ',"periodSeconds":');
        (clock.periodSeconds, pos) = _integer(prefix, pos);
        _literal(prefix, pos, tail);
    }

    /// @notice How the object of a beacon with this key (0x and hexadecimal digits) ends.
    function beaconTail(string memory keyText) internal pure returns (bytes memory) {
        return bytes.concat(',"publicKey":"', bytes(keyText), '","scheme":"bls-unchained-g1-rfc9380"},');
    }

    function _literal(bytes calldata text, uint256 pos, bytes memory expected) private pure returns (uint256 end) {
        end = pos + expected.length;
        if (text.length < end || keccak256(text[pos:end]) != keccak256(expected)) revert OtherBeacon(pos);
    }

    /// @dev At least one digit, below 2^64.
    function _integer(bytes calldata text, uint256 pos) private pure returns (uint256 value, uint256 end) {
        for (end = pos; end < text.length && text[end] >= "0" && text[end] <= "9"; ++end) {
            value = value * 10 + (uint8(text[end]) - 48);
            if (value > type(uint64).max) revert OtherBeacon(pos);
        }
        if (end == pos) revert OtherBeacon(pos);
    }
}
