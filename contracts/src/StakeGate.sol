// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IStakes} from "./interfaces/IStakes.sol";

/// @title Who wants to register must have stake
/// @notice The registry asks another contract, fixed at deployment, what is bonded; it never moves stake itself.
abstract contract StakeGate {
    /// @notice The contract that holds the stakes.
    IStakes public immutable STAKES;

    /// @notice Less is bonded than registration needs.
    error StakeTooLow(uint256 have, uint256 min);

    constructor(address stakes) {
        STAKES = IStakes(stakes);
    }

    /// @param id Zero for the caller's stake as a validator, else the node whose bond it is.
    function _requireStake(bytes32 id, uint256 min) internal view {
        uint256 have = STAKES.bonded(msg.sender, id);
        if (have < min) revert StakeTooLow(have, min);
    }
}
