// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {StakeManager} from "../src/StakeManager.sol";
import {TokenHolder} from "../src/TokenHolder.sol";
import {StakesFixture} from "./support/StakesFixture.sol";
import {TrickyToken} from "./support/Tokens.sol";
import {VM} from "./support/Vm.sol";

/// Tokens that take fees, refuse recipients or call back.
contract StakeTokensTest is StakesFixture {
    TrickyToken private _tricky;

    function setUp() public override {
        super.setUp();
        _tricky = new TrickyToken();
        stakes = new StakeManager(setupFor(address(_tricky)));
        _tricky.approve(address(stakes), type(uint256).max);
    }

    function _conserved() private view {
        same(stakes.totalHeld(), _tricky.balanceOf(address(stakes)), "conserved");
    }

    function testFuzz_FeesOnTransferAreRefused(uint256 amount, uint32 ppm) external {
        (amount, ppm) = (between(amount, 1e6, LARGE), uint32(between(ppm, 1, 1_000_000)));
        _tricky.setFee(ppm);
        uint256 received = amount - (amount * ppm) / 1e6;
        VM.expectRevert(abi.encodeWithSelector(TokenHolder.WrongAmountReceived.selector, amount, received));
        stakes.depositFor(ALICE, 0, amount);
    }

    /// What somebody sends without a deposit is nobody's, and changes nothing.
    function testFuzz_Donations(uint256 amount) external {
        stakes.depositFor(ALICE, 0, 1000);
        _tricky.transfer(address(stakes), between(amount, 0, LARGE));
        same(stakes.totalHeld(), 1000, "held");
        VM.prank(ALICE);
        stakes.unbond(0, 1000);
        pass(UNBONDING);
        VM.prank(ALICE);
        same(stakes.withdraw(0), 1000, "withdrawn");
        same(stakes.totalHeld(), 0, "nothing held");
    }

    /// A reporter that can't be paid keeps no slash from being executed; its share goes to the pool.
    function testFuzz_ReportersCantBlock(uint8 how) external {
        stakes.depositFor(ALICE, 0, 1000);
        slash(ALICE, 0, 500_000, CAROL);
        _tricky.refuse(CAROL, TrickyToken.Refusal(1 + how % 2));
        pass(DELAY);
        stakes.executeSlash(0);
        same(stakes.bonded(ALICE, 0), 500, "slashed");
        same(stakes.compensationPool(), 500, "all to the pool");
        _conserved();
    }

    /// Nor one whose payment burns all the gas that it is given.
    function test_ReportersCantBurnTheGas() external {
        stakes.depositFor(ALICE, 0, 1000);
        slash(ALICE, 0, 500_000, CAROL);
        _tricky.refuse(CAROL, TrickyToken.Refusal.GAS);
        pass(DELAY);
        stakes.executeSlash{gas: 16_000_000}(0);
        same(stakes.bonded(ALICE, 0), 500, "slashed");
        _conserved();
    }

    /// An executor can't cheat the reporter by sending little gas: with too little for the payment, all of it fails.
    function testFuzz_LittleGasFailsWhole(uint256 gasLimit) external {
        stakes.depositFor(ALICE, 0, 1000);
        slash(ALICE, 0, 500_000, CAROL);
        pass(DELAY);
        gasLimit = between(gasLimit, 20_000, 400_000);
        try stakes.executeSlash{gas: gasLimit}(0) {
            same(_tricky.balanceOf(CAROL), 125, "the reporter was paid");
        } catch {
            same(stakes.bonded(ALICE, 0), 1000, "nothing happened");
        }
    }

    /// Each call that moves or changes something, made in the middle of each transfer, is refused.
    function testFuzz_NoReentrance(uint8 inner, uint8 outer) external {
        stakes.depositFor(address(this), 0, 1000);
        stakes.depositFor(ALICE, 0, 1000);
        stakes.unbond(0, 500);
        registry.addRoot(1, false);
        registry.addPenalty(1, ALICE, 0, 5);
        registry.addReward(1, 1, BOB, 5);
        slash(ALICE, 0, 500_000, CAROL);
        slash(ALICE, 0, 10_000, CAROL);
        pass(UNBONDING);
        stakes.executeSlash(1);

        bytes[7] memory calls = [
            abi.encodeCall(stakes.depositFor, (ALICE, 0, 1)),
            abi.encodeCall(stakes.unbond, (0, 1)),
            abi.encodeCall(stakes.withdraw, (0)),
            abi.encodeCall(stakes.executeSlash, (0)),
            abi.encodeCall(stakes.payCompensation, (1, BOB, 5, noProof)),
            abi.encodeCall(stakes.queuePenalty, (1, ALICE, 0, 5, noProof)),
            abi.encodeCall(stakes.queueSlash, (ALICE, 0, 1, CAROL, "in the middle"))
        ];
        _tricky.callDuringTransfer(address(stakes), calls[inner % 7]);
        if (outer % 4 == 0) stakes.depositFor(BOB, 0, 10);
        else if (outer % 4 == 1) stakes.withdraw(0);
        else if (outer % 4 == 2) stakes.executeSlash(0);
        else stakes.payCompensation(1, BOB, 5, noProof);
        no(_tricky.callSucceeded(), "refused");
        same(bytes32(_tricky.callReturned()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "why");
        _conserved();
    }
}
