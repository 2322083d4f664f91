// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The schedule's draws, as docs/protocol.md section 6 has them
/// @notice What a validator's seed and the epoch's beacon say it audits; protocol/schedule.ts computes the very same.
library Draws {
    uint256 private constant DAY_SECONDS = 86_400;
    /// @dev HMAC's paddings (RFC 2104) for one block of SHA-256: a 32-byte key fills its first half.
    bytes32 private constant INNER = 0x3636363636363636363636363636363636363636363636363636363636363636;
    bytes32 private constant OUTER = 0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c;

    /// @notice The most members that a draw has beside its own node.
    uint32 internal constant MEMBERS_MAX = 5;
    /// @dev A member's number is its draw's plus so much for each place: 2^20.
    uint32 private constant MEMBER_BITS = 20;

    /// @notice What the number of draws follows from. `validatorCount` isn't zero.
    struct Plan {
        uint32 nodeCount;
        uint32 validatorCount;
        uint32 auditsPerNodePerDay;
        uint32 slotSeconds;
        uint32 slotsPerEpoch;
    }

    /// @notice The draw that a number belongs to, and its place in the cohort: 0 for the drawn node itself.
    function placeOf(uint32 number) internal pure returns (uint32 draw, uint32 place) {
        place = number >> MEMBER_BITS;
        draw = number - (place << MEMBER_BITS);
    }

    /// @notice How many draws the validator has in a slot: D_s.
    function countIn(Plan memory plan, uint32 slot) internal pure returns (uint256) {
        uint256 slots = plan.slotsPerEpoch;
        if (slot >= slots) return 0;
        // four factors of 32 bits: no overflow
        uint256 wanted = uint256(plan.nodeCount) * plan.auditsPerNodePerDay * slots * plan.slotSeconds;
        uint256 share = DAY_SECONDS * plan.validatorCount;
        uint256 total = (wanted + share - 1) / share;
        return (total * (uint256(slot) + 1)) / slots - (total * slot) / slots;
    }

    /// @notice The index of the node that draw `draw` of `slot` falls on. `nodeCount` isn't zero.
    function nodeIndex(bytes32 seed, bytes32 beacon, uint32 slot, uint32 draw, uint32 nodeCount)
        internal
        pure
        returns (uint32)
    {
        bytes32 drawKey = hmac(seed, abi.encodePacked(uint8(11), "assay/draws", beacon));
        uint64 x = uint64(bytes8(hmac(drawKey, abi.encodePacked(slot, draw))));
        return uint32(x % nodeCount);
    }

    /// @notice HMAC-SHA-256 with a key of 32 bytes.
    function hmac(bytes32 key, bytes memory message) internal pure returns (bytes32) {
        bytes32 inner = sha256(abi.encodePacked(key ^ INNER, INNER, message));
        return sha256(abi.encodePacked(key ^ OUTER, OUTER, inner));
    }
}
