// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Consensus} from "./Consensus.sol";
import {EpochClock} from "./EpochClock.sol";
import {Policies} from "./Policies.sol";
import {StakeGate} from "./StakeGate.sol";

/// @title Assay's registry: clock, validators and their seats, nodes, reports, consensus roots
/// @notice Nobody owns it: no administrator, no proxy, no pause. It calls no other contract but the stakes, and only to read
/// (besides precompiles); it holds no money, and everything that is in effect or posted is final. docs/protocol.md is the
/// protocol that it serves.
contract AuditRegistry is Consensus {
    struct Setup {
        /// Unix time in seconds at which epoch 0 begins; may lie in the past or in the future.
        uint64 genesis;
        /// Length of a slot in seconds, not 0.
        uint32 slotSeconds;
        /// Number of slots in an epoch, not 0.
        uint32 slotsPerEpoch;
        /// How long after an epoch's end its reports are accepted, in seconds, not 0.
        uint32 reportSeconds;
        /// SHA-256 of the first policy's canonical JSON.
        bytes32 policyHash;
        /// The contract that holds the stakes; may be deployed later.
        address stakes;
    }

    constructor(Setup memory setup)
        EIP712("Assay", "1")
        EpochClock(setup.genesis, setup.slotSeconds, setup.slotsPerEpoch, setup.reportSeconds)
        StakeGate(setup.stakes)
        Policies(setup.policyHash)
    {}

    /// @notice The EIP-712 domain separator, part of everything that validators and nodes sign.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }
}
