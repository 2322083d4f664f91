// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// What the fault prover reads: a validator's challenge and a node's receipts, as docs/protocol.md section 7 has them. Field
// names and order are those of the signed types and must never change.

/// @notice A validator's signed challenge to a node.
struct Challenge {
    uint64 epoch;
    uint32 slot;
    uint32 draw;
    address validator;
    bytes32 nodeId;
    uint8 kind;
    bytes32 paramsHash;
    bytes32 nonce;
    uint64 deadline;
}

/// @notice A node's receipt: of its commitment, or of its opening. A commitment receipt signs nodeId, challengeHash and
/// commitment; an opening receipt signs challengeHash, commitment, drawHash and openingHash.
struct Receipt {
    bool opening;
    bytes32 commitment;
    /// Read for an opening only.
    bytes32 drawHash;
    bytes32 openingHash;
    /// P-256 over SHA-256, s at most n/2.
    bytes32 r;
    bytes32 s;
}
