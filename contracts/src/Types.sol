// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// The values that go in and out of the registry. Field names and order of EpochReport are those of docs/protocol.md section 7:
// they are hashed, so they must never change.

/// @notice A validator's signed statement about one epoch.
struct EpochReport {
    uint64 epoch;
    address validator;
    bytes32 auditRoot;
    bytes32 summaryRoot;
    uint32 due;
    uint32 done;
    bytes32 seed;
    uint64 beaconRound;
    uint32 nodeCount;
    bytes32 policyHash;
    bytes32 previous;
    bytes32 archiveHash;
}

/// @notice What the registry keeps of a posted report: two storage words. The rest of the report is in the event, and
/// `reportHash` (the EIP-712 struct hash) fixes it.
struct StoredReport {
    bytes32 reportHash;
    uint64 blockNumber;
    uint64 timestamp;
    /// The epoch of this validator's report before this one; 0 for its first (no report can be about epoch 0).
    uint64 previousEpoch;
    uint32 due;
    uint32 done;
}

/// @notice A stored report as callers see it.
struct ReportView {
    bool posted;
    bytes32 reportHash;
    uint32 due;
    uint32 done;
    uint64 previousEpoch;
    uint64 blockNumber;
    uint64 timestamp;
}

/// @notice One validator as it is at some epoch. `signer` is zero before its first version takes effect; `active` says
/// whether it has a seat.
struct ValidatorView {
    address operator;
    bool active;
    address signer;
    string url;
}

/// @notice One node as it is at some epoch.
struct NodeView {
    uint32 index;
    bytes32 nodeId;
    address operator;
    bytes32 qx;
    bytes32 qy;
    string url;
    bytes32 gpuClass;
    uint32 vramMiB;
    bool retired;
}

/// @notice A summary leaf without the report's own epoch and validator: one node and kind within one report.
struct Summary {
    uint32 nodeIndex;
    uint8 kind;
    uint32 pass;
    uint32 fail;
    uint32 voided;
    uint64 medianMeasure;
    uint32 medianElapsedMs;
}

/// @notice What the validators sign together about one epoch (docs/protocol.md section 17).
struct EpochRoot {
    uint64 epoch;
    uint32 round;
    bytes32 scoreRoot;
    bytes32 rewardRoot;
    bytes32 penaltyRoot;
    bytes32 reportSetHash;
    bytes32 nodeSetRoot;
    /// Struct hash of the root posted before this one; zero for the first.
    bytes32 previousRoot;
    /// The policy in force two epochs after this root is posted.
    bytes32 policyHash;
}

/// @notice What the registry keeps of a posted root: five storage words.
struct StoredRoot {
    bytes32 rootHash;
    bytes32 scoreRoot;
    bytes32 rewardRoot;
    bytes32 penaltyRoot;
    uint64 blockNumber;
    uint64 timestamp;
    /// The epoch of the root posted before this one; 0 for the first (no root can be about epoch 0).
    uint64 previousEpoch;
    uint32 round;
    bool provisional;
}

/// @notice A posted consensus root as callers see it.
struct RootView {
    bool posted;
    /// The EIP-712 struct hash, as `hashRoot` gives it.
    bytes32 rootHash;
    bytes32 scoreRoot;
    bytes32 rewardRoot;
    bytes32 penaltyRoot;
    uint32 round;
    /// Fewer than four validators had a seat: no penalties follow from it.
    bool provisional;
    uint64 previousEpoch;
    uint64 blockNumber;
    uint64 timestamp;
}

/// @notice One seat of the active set. `weight` is the stake after capping (docs/protocol.md section 14).
struct Seat {
    address operator;
    address signer;
    uint96 stake;
    uint96 weight;
}

/// @notice A node's line in the score tree.
struct ScoreLeaf {
    uint64 epoch;
    uint32 nodeIndex;
    bytes32 nodeId;
    uint32 scorePpm;
    uint32 ratePpm;
    uint32 correctPpm;
    uint32 samples;
    uint32 effectiveSamples;
    uint64 measure;
    uint32 elapsedMs;
    uint8 tier;
}

/// @notice A validator's line in the score tree.
struct ValidatorLeaf {
    uint64 epoch;
    address validator;
    uint32 weightPpm;
    uint32 accuracyPpm;
    uint32 agreementPpm;
    uint32 coveragePpm;
    uint256 reward;
}
