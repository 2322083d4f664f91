// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {SlashQueue} from "../../src/SlashQueue.sol";
import {StakeManager} from "../../src/StakeManager.sol";
import {TestToken} from "../../src/TestToken.sol";
import {RegistryDouble} from "./RegistryDouble.sol";
import {Asserts, VM} from "./Vm.sol";

/// @dev Everybody who may do something with stakes and rewards, doing it in any order, with the books that they would keep. It is
/// the fault prover and the guardian too.
contract StakesHandler is Asserts {
    uint256 private constant PPM = 1_000_000;
    uint256 public constant OWNERS = 3;
    uint256 public constant IDS = 3;
    uint64 public constant DELAY = 4000;
    uint64 public constant UNBONDING = 6000;
    uint64 private constant PAUSE = 9000;
    uint32 public constant CAP_PPM = 100_000;
    uint256 public constant BUDGET = 1e20;
    uint256 private constant LARGE = 1e21;

    RegistryDouble public registry;
    TestToken public token;
    StakeManager public stakes;
    RewardDistributor public rewards;

    struct Book {
        uint256 deposited;
        uint256 withdrawn;
        uint256 slashed;
        uint32 pending;
    }

    mapping(address owner => mapping(bytes32 id => Book)) public books;
    mapping(uint256 slashId => uint256) private _queuedAt;
    uint256 public donated;
    uint256 public toReporters;
    uint256 public compensated;
    uint64 public newestRoot;
    uint256 private _faults;
    bytes32[] private _noProof;
    /// The epoch of the last slash: what it may take, what it took, how many slashes went beyond.
    uint64 private _capEpoch;
    uint256 private _cap;
    uint256 private _taken;
    uint256 private _beyond;
    /// A call that had to succeed failed, or one that had to fail succeeded.
    string public surprise;

    constructor() {
        VM.warp(1_700_000_000);
        registry = new RegistryDouble(1_700_000_000 - 36_000);
        token = new TestToken("Test", "TST", 1e40);
        stakes = new StakeManager(
            StakeManager.Setup({
                token: address(token),
                registry: address(registry),
                prover: address(this),
                guardian: address(this),
                validatorMin: 1000,
                nodeMin: 1000,
                unbondingSeconds: UNBONDING,
                slashDelaySeconds: DELAY,
                slashCapPpm: CAP_PPM,
                reporterSharePpm: 250_000,
                penaltyCapPpm: 50_000,
                pauseSecondsMax: PAUSE
            })
        );
        rewards = new RewardDistributor(address(token), address(registry), address(this), BUDGET, PAUSE);
        token.approve(address(stakes), type(uint256).max);
        token.approve(address(rewards), type(uint256).max);
    }

    function ownerOf(uint256 i) public pure returns (address) {
        return address(uint160(0x1000 + i % OWNERS));
    }

    /// The first is a validator's stake.
    function idOf(uint256 i) public pure returns (bytes32) {
        return bytes32(i % IDS);
    }

    function _surprised(string memory what) private {
        surprise = what;
    }

    function pass(uint16 seconds_) external {
        VM.warp(block.timestamp + seconds_);
    }

    // ── stakes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    function deposit(uint256 i, uint256 j, uint256 amount) external {
        amount = between(amount, 1, LARGE);
        stakes.depositFor(ownerOf(i), idOf(j), amount);
        books[ownerOf(i)][idOf(j)].deposited += amount;
    }

    function donate(uint256 amount) external {
        amount = between(amount, 0, LARGE);
        token.transfer(address(stakes), amount);
        donated += amount;
    }

    function unbond(uint256 i, uint256 j, uint256 amount) external {
        uint256 bonded = stakes.bonded(ownerOf(i), idOf(j));
        if (bonded == 0) return;
        VM.prank(ownerOf(i));
        stakes.unbond(idOf(j), between(amount, 1, bonded));
    }

    /// It pays exactly when it must.
    function withdraw(uint256 i, uint256 j) external {
        (address owner, bytes32 id) = (ownerOf(i), idOf(j));
        StakeManager.Account memory account = stakes.accountOf(owner, id);
        bool due = account.unbonding != 0 && account.pendingSlashes == 0 && block.timestamp >= account.availableAt
            && !stakes.paused();
        uint256 before = token.balanceOf(owner);
        VM.prank(owner);
        try stakes.withdraw(id) {
            if (!due) _surprised("withdrawn before its time");
            books[owner][id].withdrawn += token.balanceOf(owner) - before;
        } catch {
            if (due) _surprised("a due withdrawal was refused");
        }
    }

    function queue(uint256 i, uint256 j, uint32 ppm, uint256 reporter) external {
        uint256 slashId =
            stakes.queueSlash(ownerOf(i), idOf(j), uint32(between(ppm, 1, PPM)), ownerOf(reporter), bytes32(++_faults));
        _queuedAt[slashId] = block.timestamp;
        ++books[ownerOf(i)][idOf(j)].pending;
    }

    function penalty(uint256 i, uint256 j, uint64 epoch, uint256 cumulative) external {
        if (newestRoot == 0) return;
        (address owner, bytes32 id) = (ownerOf(i), idOf(j));
        (epoch, cumulative) = (uint64(between(epoch, 1, newestRoot)), between(cumulative, 0, 10 * LARGE));
        registry.addPenalty(epoch, owner, id, cumulative);
        (uint256 settled, uint64 last) = stakes.penaltyOf(owner, id);
        try stakes.queuePenalty(epoch, owner, id, cumulative, _noProof) returns (uint256 slashId) {
            if (stakes.paused()) _surprised("a penalty in a pause");
            _queuedAt[slashId] = block.timestamp;
            ++books[owner][id].pending;
            (uint256 penalised, uint64 by) = stakes.penaltyOf(owner, id);
            if (penalised > cumulative || penalised <= settled || by != epoch || epoch <= last) {
                _surprised("a penalty above its leaf");
            }
        } catch {}
    }

    /// Never sooner than the delay after it was queued, never above the cap but once an epoch.
    function execute(uint256 which) external {
        uint256 count = stakes.slashCount();
        if (count == 0) return;
        which = between(which, 0, count - 1);
        SlashQueue.Slash memory slash = stakes.slashOf(which);
        bool due = !slash.executed && block.timestamp >= _queuedAt[which] + DELAY && !stakes.paused();
        (uint256 pool, uint256 bonded) = (stakes.compensationPool(), stakes.totalBonded());
        uint256 held = bonded + stakes.totalUnbonding();
        uint256 before = token.balanceOf(slash.reporter);
        try stakes.executeSlash(which) {
            if (!due) _surprised("slashed before its time, or twice");
            uint256 taken = held - stakes.totalBonded() - stakes.totalUnbonding();
            uint256 share = token.balanceOf(slash.reporter) - before;
            books[slash.owner][slash.id].slashed += taken;
            --books[slash.owner][slash.id].pending;
            toReporters += share;
            if (stakes.compensationPool() - pool + share != taken) _surprised("a slash lost money");
            _countCap(bonded, taken);
        } catch (bytes memory reason) {
            if (due && bytes4(reason) != SlashQueue.EpochCapReached.selector) _surprised("a due slash was refused");
        }
    }

    function _countCap(uint256 bonded, uint256 taken) private {
        uint64 epoch = registry.currentEpoch();
        if (epoch != _capEpoch) (_capEpoch, _cap, _taken, _beyond) = (epoch, (bonded * CAP_PPM) / PPM, 0, 0);
        _taken += taken;
        if (taken != 0 && _taken > _cap && ++_beyond > 1) _surprised("two slashes beyond the cap");
    }

    function compensate(uint256 i, uint64 epoch, uint256 cumulative) external {
        (epoch, cumulative) = (uint64(between(epoch, 0, newestRoot)), between(cumulative, 0, LARGE));
        registry.addReward(epoch, 1, ownerOf(i), cumulative);
        try stakes.payCompensation(epoch, ownerOf(i), cumulative, _noProof) returns (uint256 amount) {
            compensated += amount;
            if (stakes.paused()) _surprised("compensation in a pause");
            if (stakes.compensated(ownerOf(i)) > cumulative) _surprised("compensated beyond the leaf");
        } catch {}
    }

    // ── roots, rewards, pauses ──────────────────────────────────────────────────────────────────────────────────────────

    function root() external {
        registry.addRoot(++newestRoot, false);
    }

    function fund(uint256 amount) external {
        rewards.fund(between(amount, 1, 4 * BUDGET));
    }

    function claim(uint256 i, uint64 epoch, uint256 cumulative) external {
        (epoch, cumulative) = (uint64(between(epoch, 0, newestRoot)), between(cumulative, 0, 8 * BUDGET));
        registry.addReward(epoch, 0, ownerOf(i), cumulative);
        uint256 settled = rewards.claimed(ownerOf(i));
        bool due = cumulative > settled && cumulative - settled <= rewards.available() && !rewards.paused()
            && rewards.totalClaimed() + cumulative - settled <= BUDGET * registry.rootCount();
        try rewards.claim(epoch, ownerOf(i), cumulative, _noProof) {
            if (!due) _surprised("claimed what was not due");
        } catch {
            if (due) _surprised("a due claim was refused");
        }
    }

    function pause(bool which, uint8 luck) external {
        if (luck % 8 != 0) return; // long, so rare
        if (which) try stakes.pause() {} catch {} else try rewards.pause() {} catch {}
    }
}
