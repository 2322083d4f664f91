// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {StakeManager} from "../../src/StakeManager.sol";
import {TestToken} from "../../src/TestToken.sol";
import {RegistryDouble} from "./RegistryDouble.sol";
import {Asserts, VM} from "./Vm.sol";

/// @dev Stakes over a registry's double, with a token of which everybody has plenty. This contract is the fault prover.
abstract contract StakesFixture is Asserts {
    uint64 internal constant GENESIS = 1_700_000_000;
    uint64 internal constant EPOCH_SECONDS = 3600;
    uint64 internal constant UNBONDING = 10_000;
    uint64 internal constant DELAY = 4000;
    uint64 internal constant PAUSE = 50_000;
    uint32 internal constant CAP_PPM = 100_000;
    uint32 internal constant SHARE_PPM = 250_000;
    uint32 internal constant PENALTY_PPM = 50_000;
    uint256 internal constant MIN = 1000e18;
    uint256 internal constant NODE_BOND = 100e18;
    uint256 internal constant SUPPLY = 1e30;
    /// @dev More than anybody deposits in a test, so that sums stay far from 2^128.
    uint256 internal constant LARGE = 1e24;
    address internal constant GUARDIAN = address(0x60A2D);
    address internal constant ALICE = address(0xA11);
    address internal constant BOB = address(0xB0B);
    address internal constant CAROL = address(0xCA201);
    bytes32 internal constant NODE = keccak256("a node that nobody registered");

    RegistryDouble internal registry;
    TestToken internal token;
    StakeManager internal stakes;
    bytes32[] internal noProof;

    function setUp() public virtual {
        VM.warp(GENESIS + 10 * EPOCH_SECONDS);
        registry = new RegistryDouble(GENESIS);
        token = new TestToken("Test", "TST", SUPPLY);
        stakes = new StakeManager(setupFor(address(token)));
        for (uint160 i = 0; i < 3; ++i) {
            address who = [ALICE, BOB, CAROL][i];
            token.transfer(who, SUPPLY / 10);
            VM.prank(who);
            token.approve(address(stakes), type(uint256).max);
        }
    }

    function setupFor(address token_) internal view returns (StakeManager.Setup memory) {
        return StakeManager.Setup({
            token: token_,
            registry: address(registry),
            prover: address(this),
            guardian: GUARDIAN,
            validatorMin: MIN,
            nodeMin: NODE_BOND,
            unbondingSeconds: UNBONDING,
            slashDelaySeconds: DELAY,
            slashCapPpm: CAP_PPM,
            reporterSharePpm: SHARE_PPM,
            penaltyCapPpm: PENALTY_PPM,
            pauseSecondsMax: PAUSE
        });
    }

    function deposit(address owner, bytes32 id, uint256 amount) internal {
        VM.prank(owner);
        stakes.depositFor(owner, id, amount);
    }

    function unbond(address owner, bytes32 id, uint256 amount) internal {
        VM.prank(owner);
        stakes.unbond(id, amount);
    }

    /// @dev A fault of its own each time.
    function slash(address owner, bytes32 id, uint32 ppm, address reporter) internal returns (uint256) {
        return stakes.queueSlash(owner, id, ppm, reporter, keccak256(abi.encode("fault", stakes.slashCount())));
    }

    function pass(uint256 seconds_) internal {
        VM.warp(block.timestamp + seconds_);
    }

    /// @dev What the account has, and that the books agree with the token.
    function expectAccount(address owner, bytes32 id, uint256 bonded, uint256 unbonding, uint32 pending) internal view {
        StakeManager.Account memory found = stakes.accountOf(owner, id);
        same(found.bonded, bonded, "bonded");
        same(stakes.bonded(owner, id), bonded, "bonded, as others see it");
        same(found.unbonding, unbonding, "unbonding");
        same(found.pendingSlashes, pending, "pending");
        same(stakes.totalHeld(), token.balanceOf(address(stakes)), "conserved");
    }
}
