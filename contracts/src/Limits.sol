// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// Every limit of the registry in one place.

/// @dev Longest URL in bytes: enough for a host name and a short path, little enough that a page of nodes stays below 100 kB.
uint256 constant URL_BYTES_MAX = 200;
/// @dev Most entries that one paged view returns.
uint256 constant PAGE_MAX = 100;
/// @dev Most hashes that one report may cost along the seed chain (docs/protocol.md section 5).
uint256 constant SEED_GAP_MAX = 4096;
/// @dev Most seats of the active set: what one consensus root may cost in signatures.
uint256 constant SEATS_MAX = 31;
/// @dev Millionths of the capped total that one seat may weigh at most (docs/protocol.md section 14).
uint256 constant WEIGHT_CAP_PPM = 200_000;
/// @dev Parts in a million, the unit of shares.
uint256 constant PPM = 1_000_000;
/// @dev With fewer seats than this no penalty follows from a consensus root.
uint256 constant SEATS_FINAL_MIN = 4;
/// @dev Registrations and changes take effect so many epochs after the current one.
uint64 constant EFFECT_DELAY = 2;

/// @notice A URL is empty or longer than URL_BYTES_MAX bytes.
error BadUrlLength(uint256 length, uint256 max);
/// @notice A page asks for more than PAGE_MAX entries.
error PageTooLong(uint256 count, uint256 max);

/// @dev Only the length is checked: what a URL may name is for those who call it to decide.
function requireUrl(string calldata url) pure {
    uint256 length = bytes(url).length;
    if (length == 0 || length > URL_BYTES_MAX) revert BadUrlLength(length, URL_BYTES_MAX);
}

/// @dev The end of the page [from, end) of a list of `total` entries; `from` when the page lies beyond the list.
function pageEnd(uint256 from, uint256 count, uint256 total) pure returns (uint256) {
    if (count > PAGE_MAX) revert PageTooLong(count, PAGE_MAX);
    if (from >= total) return from;
    return count < total - from ? from + count : total;
}
