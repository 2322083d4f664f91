// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";

/// @title The rules of each epoch, named by the hash of the policy document
/// @notice The first is fixed at deployment. Another one takes effect only through a consensus root that names it, two epochs
/// after that root is posted; every epoch keeps the policy that it had.
abstract contract Policies is EpochClock {
    using EpochHistory for EpochHistory.Trace;

    EpochHistory.Trace private _policyHistory;
    mapping(uint256 index => bytes32) private _policies;

    event PolicyAdopted(bytes32 indexed policyHash, uint64 effectEpoch);

    error ZeroPolicy();

    constructor(bytes32 policyHash) {
        if (policyHash == bytes32(0)) revert ZeroPolicy();
        _policies[_policyHistory.push(0)] = policyHash;
    }

    /// @notice SHA-256 of the canonical JSON of the policy in force at an epoch. Final for epochs up to the current one plus 1.
    function policyAt(uint64 epoch) public view returns (bytes32) {
        // the first version starts at epoch 0, so there always is one
        (, uint256 index) = _policyHistory.find(epoch);
        return _policies[index];
    }

    /// @dev Opens a version when the policy isn't the newest one already.
    function _adoptPolicy(bytes32 policyHash) internal {
        if (policyHash == _policies[_policyHistory.newestIndex()]) return;
        uint64 effect = _effectEpoch();
        _policies[_policyHistory.push(effect)] = policyHash;
        emit PolicyAdopted(policyHash, effect);
    }
}
