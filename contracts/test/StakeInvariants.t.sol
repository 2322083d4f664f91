// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RewardDistributor} from "../src/RewardDistributor.sol";
import {StakeManager} from "../src/StakeManager.sol";
import {TestToken} from "../src/TestToken.sol";
import {StakesHandler} from "./support/StakesHandler.sol";
import {Asserts} from "./support/Vm.sol";

/// What holds for stakes and rewards whatever anybody does in whatever order.
contract StakeInvariantsTest is Asserts {
    StakesHandler private _handler;
    StakeManager private _stakes;
    RewardDistributor private _rewards;
    TestToken private _token;

    function setUp() external {
        _handler = new StakesHandler();
        (_stakes, _rewards, _token) = (_handler.stakes(), _handler.rewards(), _handler.token());
    }

    /// What forge may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// One for all three, so that the calls between are made once.
    function invariant_StakesAndRewards() external view {
        _noSurprises();
        _stakesAreConserved();
        _rewardsAreConserved();
    }

    /// What is due is paid or taken, and nothing else: no slash before its delay, none above the cap but one, no payment in a
    /// pause, no penalty or payment above its leaf.
    function _noSurprises() private view {
        same(_handler.surprise(), "", "surprise");
    }

    /// Every token is somebody's: the balance is what accounts and pool hold, and what was sent here by mistake.
    function _stakesAreConserved() private view {
        (uint256 bonded, uint256 unbonding, uint256 slashed) = (0, 0, 0);
        for (uint256 i = 0; i < _handler.OWNERS(); ++i) {
            for (uint256 j = 0; j < _handler.IDS(); ++j) {
                (address owner, bytes32 id) = (_handler.ownerOf(i), _handler.idOf(j));
                StakeManager.Account memory account = _stakes.accountOf(owner, id);
                (uint256 deposited, uint256 withdrawn, uint256 lost, uint32 pending) = _handler.books(owner, id);
                same(account.bonded + account.unbonding + withdrawn + lost, deposited, "an account's books");
                same(account.pendingSlashes, pending, "pending");
                bonded += account.bonded;
                unbonding += account.unbonding;
                slashed += lost;
            }
        }
        same(_stakes.totalBonded(), bonded, "bonded");
        same(_stakes.totalUnbonding(), unbonding, "unbonding");
        same(_stakes.compensationPool() + _handler.compensated() + _handler.toReporters(), slashed, "what slashes took");
        same(_stakes.totalHeld(), bonded + unbonding + _stakes.compensationPool(), "held");
        same(_token.balanceOf(address(_stakes)), _stakes.totalHeld() + _handler.donated(), "balance");
    }

    /// Claims stay within what was funded and within the budget of the posted roots.
    function _rewardsAreConserved() private view {
        uint256 claimed;
        for (uint256 i = 0; i < _handler.OWNERS(); ++i) {
            claimed += _rewards.claimed(_handler.ownerOf(i));
        }
        same(_rewards.totalClaimed(), claimed, "claimed");
        yes(claimed <= _rewards.totalFunded(), "funded");
        yes(claimed <= _handler.BUDGET() * _handler.registry().rootCount(), "budget");
        same(_token.balanceOf(address(_rewards)), _rewards.totalFunded() - claimed, "balance");
    }
}
