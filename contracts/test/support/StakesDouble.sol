// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../../src/AuditRegistry.sol";
import {IStakes} from "../../src/interfaces/IStakes.sol";

/// @dev Stakes without a token: whatever a test says is bonded. Like the real contract it tells the registry of each change.
contract StakesDouble is IStakes {
    uint256 public constant VALIDATOR_MIN = 1_000;
    uint256 public constant NODE_MIN = 10;
    uint64 public constant UNBONDING_SECONDS = 1000;
    /// What everybody has bonded in every account, unless a test says otherwise.
    uint256 public constant USUAL = 5_000;

    AuditRegistry private _registry;
    mapping(address owner => mapping(bytes32 id => uint256)) private _amountPlusOne;

    function attach(AuditRegistry registry) external {
        _registry = registry;
    }

    function set(address owner, bytes32 id, uint256 amount) external {
        setQuietly(owner, id, amount);
        if (id == 0) _registry.stakeChanged(owner);
    }

    function setQuietly(address owner, bytes32 id, uint256 amount) public {
        _amountPlusOne[owner][id] = amount + 1;
    }

    function bonded(address owner, bytes32 id) external view returns (uint256) {
        uint256 plusOne = _amountPlusOne[owner][id];
        return plusOne == 0 ? USUAL : plusOne - 1;
    }

    function queueSlash(address, bytes32, uint32, address, bytes32) external pure returns (uint256) {
        revert("the registry never slashes");
    }
}
